export type { AdapterInfo, OpenDeviceOptions, OpenedDevice } from "./adapters.js";
export { listAdapters, openDevice } from "./adapters.js";
export type { Picture, StripedPicture } from "./image-file.js";
export { readPicture, readPictureSize, writePicture, writePictureStrips } from "./image-file.js";
export type { Strips } from "./strips.js";
