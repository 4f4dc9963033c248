export { listAdapters, openDevice } from "./adapters.js";
export { readPicture, readPictureSize, writePicture, writePictureStrips } from "./image-file.js";
