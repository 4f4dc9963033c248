// What the package offers under "esrgan-webgpu/node": WebGPU devices outside the browser.
export type { AdapterInfo, OpenDeviceOptions, OpenedDevice } from "./adapters.js";
export { listAdapters, openDevice } from "./adapters.js";
