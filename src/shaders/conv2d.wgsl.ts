// Convolution, the parts every variant shares: the epilogue of one channel block of one output pixel. Owns no loop; those
// are generated in conv2d-direct.ts and conv2d-plain.wgsl.ts.
// Preamble: ALPHA, SHUFFLE, and for each residual i RESIDUALi_BETA and RESIDUALi_UPSAMPLE.

/** `affine` holds the bias of each channel block, then, from planes.dst.aux0 on, its slopes. */
export const convEpilogueWgsl = /* wgsl */ `
fn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {
  // Threads overhang the picture; what lies outside is border and stays zero.
  if (x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height) { return; }
  let phase = channelBlock % (SHUFFLE * SHUFFLE);
  let outBlock = channelBlock / (SHUFFLE * SHUFFLE);
  let position = vec2u(x * SHUFFLE + phase % SHUFFLE, y * SHUFFLE + phase / SHUFFLE);
  let value = activate(sum, channelBlock) * ALPHA + residual(outBlock, position);
  dst[blockIndex(outBlock, position, planes.dst)] = toBlock(value);
}`;

/** The same for a convolution whose result is the picture: one block of channels, stored as a pixel. */
export const convPixelEpilogueWgsl = /* wgsl */ `
fn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {
  if (x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height) { return; }
  let position = vec2u(x * SHUFFLE + channelBlock % SHUFFLE, y * SHUFFLE + channelBlock / SHUFFLE);
  storePixel(position, activate(sum, channelBlock) * ALPHA + residual(0u, position));
}`;

/** They select, since max and min may lose a NaN, which the picture's flag is to tell of. */
export const ACTIVATION_WGSL = {
  none: /* wgsl */ `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return x; }`,
  relu: /* wgsl */ `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return select(x, vec4f(0), x < vec4f(0)); }`,
  "leaky-relu": /* wgsl */ `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return select(SLOPE * x, x, x > vec4f(0)); }`,
  prelu: /* wgsl */ `
fn activate(x: vec4f, channelBlock: u32) -> vec4f {
  return select(affine[planes.dst.aux0 + channelBlock] * x, x, x > vec4f(0));
}`,
} as const;

export const RESIDUAL_WGSL = [
  /* wgsl */ `
fn residual(channelBlock: u32, position: vec2u) -> vec4f { return vec4f(0); }`,
  /* wgsl */ `
fn residual(channelBlock: u32, position: vec2u) -> vec4f {
  return RESIDUAL0_BETA * toFloats(residual0[blockIndex(channelBlock, position / RESIDUAL0_UPSAMPLE, planes.residual0)]);
}`,
  /* wgsl */ `
fn residual(channelBlock: u32, position: vec2u) -> vec4f {
  return RESIDUAL0_BETA * toFloats(residual0[blockIndex(channelBlock, position / RESIDUAL0_UPSAMPLE, planes.residual0)])
    + RESIDUAL1_BETA * toFloats(residual1[blockIndex(channelBlock, position / RESIDUAL1_UPSAMPLE, planes.residual1)]);
}`,
] as const;
