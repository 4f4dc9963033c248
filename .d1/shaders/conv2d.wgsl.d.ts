/** `affine` holds the bias of each channel block, then, from planes.dst.aux0 on, its slopes. */
export declare const convEpilogueWgsl = "\nfn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {\n  // Threads overhang the picture; what lies outside is border and stays zero.\n  if (x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height) { return; }\n  let phase = channelBlock % (SHUFFLE * SHUFFLE);\n  let outBlock = channelBlock / (SHUFFLE * SHUFFLE);\n  let position = vec2u(x * SHUFFLE + phase % SHUFFLE, y * SHUFFLE + phase / SHUFFLE);\n  let value = activate(sum, channelBlock) * alpha() + residual(outBlock, position);\n  dst[blockIndex(outBlock, position, planes.dst)] = toBlock(value);\n}";
/** The same for a convolution whose result is the picture: one block of channels, stored as a pixel. */
export declare const convPixelEpilogueWgsl = "\nfn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {\n  if (x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height) { return; }\n  let position = vec2u(x * SHUFFLE + channelBlock % SHUFFLE, y * SHUFFLE + channelBlock / SHUFFLE);\n  storePixel(position, activate(sum, channelBlock) * alpha() + residual(0u, position));\n}";
/** They select, since max and min may lose a NaN, which the picture's flag is to tell of. */
export declare const ACTIVATION_WGSL: {
    readonly none: `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return x; }`;
    readonly relu: `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return select(x, vec4f(0), x < vec4f(0)); }`;
    readonly "leaky-relu": `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return select(SLOPE * x, x, x > vec4f(0)); }`;
    /** Serves none too, with a slope of 1. */
    readonly "uniform-slope": `
fn activate(x: vec4f, channelBlock: u32) -> vec4f {
  return select(bitcast<f32>(planes.dst.aux2) * x, x, x > vec4f(0));
}`;
    readonly prelu: `
fn activate(x: vec4f, channelBlock: u32) -> vec4f {
  return select(affine[planes.dst.aux0 + channelBlock] * x, x, x > vec4f(0));
}`;
};
/** What the results are scaled by, and the sum of the residuals: from constants, which compilers make the most of. */
export declare function scalingWgsl(residuals: number): string;
/** The same from the uniform, for convolutions that have up to so many residuals; of what has none the factor is zero. */
export declare function uniformScalingWgsl(residuals: number): string;
