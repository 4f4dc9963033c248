// ONNX Runtime Web, with the backend asked for. Its settings are the defaults, but for as many threads as there are cores.
import { parseSafetensors } from "../../../../src/weights/safetensors.js";
import type { NetworkJob } from "../../job.js";
import { onnxNetwork } from "../onnx-network.js";
import { type OpenedPeer, type Realm, type TestPicture, toPlanes } from "./peer.js";

/** As much of onnxruntime-web as is used here: it is installed for this benchmark only, so its own types may be missing. */
interface Ort {
  readonly env: { readonly wasm: { wasmPaths?: string; numThreads?: number }; logLevel?: string };
  readonly InferenceSession: {
    create(model: Uint8Array, options: { executionProviders: readonly string[] }): Promise<OrtSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => OrtTensor;
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}

interface OrtTensor {
  readonly data: Float32Array;
}

/** The builds that the package offers for each backend. */
const MODULES = { webgpu: "ort.webgpu.bundle.min.mjs", wasm: "ort.wasm.bundle.min.mjs" };

export async function open(
  backend: keyof typeof MODULES,
  network: NetworkJob,
  picture: TestPicture,
  { packages }: Realm,
): Promise<OpenedPeer> {
  const folder = `${packages}onnxruntime-web/dist/`;
  const ort = (await import(`${folder}${MODULES[backend]}`)) as Ort;
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = navigator.hardwareConcurrency;
  ort.env.logLevel = "error"; // it warns that shape computations stay on the CPU
  const { size } = picture;
  const { tensors } = parseSafetensors(await (await fetch(network.weights)).arrayBuffer());
  const session = await ort.InferenceSession.create(onnxNetwork(tensors, size, size), {
    executionProviders: [backend],
  });
  const planes = toPlanes(picture);
  return {
    async run() {
      const { enlarged } = await session.run({ picture: new ort.Tensor("float32", planes, [1, 3, size, size]) });
      return () => enlarged!.data;
    },
  };
}
