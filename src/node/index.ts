// What the package offers under "esrgan-webgpu/node": WebGPU devices outside the browser, and pictures in files.
export type { AdapterInfo, OpenDeviceOptions, OpenedDevice } from "./adapters.js";
export { listAdapters, openDevice } from "./adapters.js";
export type { Picture, StripedPicture } from "./picture.js";
export type { PictureFormat } from "./picture-format.js";
export type { PictureFile, ReadOptions } from "./read-picture.js";
export { readPicture, readPictureSize } from "./read-picture.js";
export type { Strips } from "./strips.js";
export type { WriteOptions } from "./write-picture.js";
export { writePicture, writePictureStrips } from "./write-picture.js";
