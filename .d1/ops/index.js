// Owns the list of operations: adding one adds its file here.
export * from "./concat-channels.js";
export * from "./conv2d.js";
export * from "./image-to-tensor.js";
export * from "./image-to-tensor.reference.js";
export * from "./leaky-relu.js";
export * from "./luma.js";
export * from "./op.js";
export * from "./pixel-shuffle.js";
export * from "./pixel-unshuffle.js";
export * from "./pixels.js";
export * from "./prelu.js";
export * from "./resize.js";
export * from "./scaled-add.js";
export * from "./tensor.js";
export * from "./tensor-to-image.js";
export * from "./tensor-to-image.reference.js";
export * from "./upsample-nearest.js";
