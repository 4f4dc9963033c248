// A page as a web developer would write it: both models, in the page, in the library's worker and in one of the page's own.
import { createUpscaler } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";
import { createWorkerUpscaler } from "esrgan-webgpu/worker";
import model from "./model.js";
import { ownWorker, packageWorker } from "./workers.js";

const OPTIONS = { precision: "f32", tuning: "off" };

/** The samples of `picture` enlarged, by what enlarged it. */
globalThis.enlarged = async (picture) => {
  const source = { ...picture, data: Uint8Array.from(picture.data) };
  const { device, destroy } = await openDevice({ allowSoftware: true });
  const inWorker = (worker, more) => createWorkerUpscaler({ ...OPTIONS, ...more, worker, allowSoftware: true });
  const ways = {
    "default in the page": () => createUpscaler(device, OPTIONS),
    "companion in the page": () => createUpscaler(device, { ...OPTIONS, model }),
    "default in the library's worker": () => inWorker(packageWorker(), {}),
    "companion in the library's worker": () => inWorker(packageWorker(), { model }),
    "default in a worker of the page": () => inWorker(ownWorker(), {}),
  };
  const found = {};
  for (const [way, create] of Object.entries(ways)) {
    const upscaler = await create();
    const { data } = await upscaler.upscale(source, { output: "pixels" });
    found[way] = Array.from(data);
    upscaler.destroy();
  }
  destroy();
  return found;
};
