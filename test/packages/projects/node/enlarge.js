// The samples of the picture on standard input enlarged by both models, on the CPU, and the sizes of the companion however it is asked for.
import { text } from "node:stream/consumers";
import companion from "@esrgan-webgpu/anime-6b";
import inlined from "@esrgan-webgpu/anime-6b/inline";
import { loadModel, upscaleOnCpu } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/node";

const picture = JSON.parse(await text(process.stdin));
const source = { ...picture, data: Uint8Array.from(picture.data) };
const enlarged = async (model) => Array.from((await upscaleOnCpu(await loadModel(model), source)).data);
const bytes = async (model) => (await loadModel(model)).byteLength;
process.stdout.write(
  JSON.stringify({
    default: await enlarged(undefined),
    companion: await enlarged(companion),
    bytes: [await bytes(companion), await bytes("anime-6b"), await bytes(inlined)],
    openDevice: typeof openDevice,
  }),
);
