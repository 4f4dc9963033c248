// Owns knowing which bitmaps were made of a WebGPU canvas, and their colour space, which a bitmap does not tell: a worker's end takes their
// pixels along in Chromium.

import type { ColorSpace } from "./source.js";

export const gpuBitmaps = new WeakMap<object, ColorSpace>();
