// Convolution, the parts every variant shares: the epilogue of one channel block of one output pixel. Owns no loop; those
// are generated in conv2d-direct.ts and conv2d-plain.wgsl.ts. Where an invocation has several blocks or pixels, it asks `isInside` once a
// pixel and for `slopesOf` once a block, and has `put` store; `emit` does all of that.
// Preamble: SHUFFLE; ALPHA and SLOPE, and for each residual i RESIDUALi_BETA and RESIDUALi_UPSAMPLE, or all of these in the uniform.

import type { Storage } from "./kernel.js";
import { each } from "./unroll.js";

const EPILOGUE = /* wgsl */ `
// Threads overhang the picture; what lies outside is border and stays zero. With && in place of !(||) Mesa takes 6 slots a pixel more on
// Intel, and 10 on Adreno.
fn isInside(x: u32, y: u32) -> bool { return !(x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height); }

fn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {
  if (isInside(x, y)) { put(channelBlock, slopesOf(channelBlock), x, y, sum); }
}

fn put(channelBlock: u32, slopes: vec4f, x: u32, y: u32, sum: vec4f) {
  let phase = channelBlock % (SHUFFLE * SHUFFLE);
  let outBlock = channelBlock / (SHUFFLE * SHUFFLE);
  let position = vec2u(x * SHUFFLE + phase % SHUFFLE, y * SHUFFLE + phase / SHUFFLE);
  store(outBlock, position, activate(sum, slopes) * alpha() + residual(outBlock, position));
}`;

const epilogue = (store: string) => `${EPILOGUE}${store}`;

/** `affine` holds the bias of each channel block, then, from planes.dst.aux0 on, its slopes. */
export const convEpilogueWgsl = epilogue(/* wgsl */ `
fn store(outBlock: u32, position: vec2u, value: vec4f) { dst[blockIndex(outBlock, position, planes.dst)] = toBlock(value); }`);

/**
 * The same where the border replicates the picture's edge, EDGE pixels wide: who stores a pixel of the edge stores its copies, which at
 * a corner are a square.
 */
export const convReplicatingEpilogueWgsl = epilogue(/* wgsl */ `
fn store(outBlock: u32, position: vec2u, value: vec4f) {
  let last = vec2u(planes.dst.width, planes.dst.height) - 1u;
  let before = select(vec2u(0), vec2u(EDGE), position == vec2u(0));
  let count = before + select(vec2u(0), vec2u(EDGE), position == last);
  let first = blockIndex(outBlock, position, planes.dst) - before.y * planes.dst.pitch - before.x;
  for (var y = 0u; y <= count.y; y++) {
    for (var x = 0u; x <= count.x; x++) { dst[first + y * planes.dst.pitch + x] = toBlock(value); }
  }
}`);

/** The same for a convolution whose result is the picture: one block of channels, stored as a pixel. */
export const convPixelEpilogueWgsl = epilogue(/* wgsl */ `
fn store(outBlock: u32, position: vec2u, value: vec4f) { storePixel(position, value); }`);

/** Weight `index` of a row of uniform weights: a vector holds one block of f32, or two of halves. */
export const UNIFORM_WEIGHTS_WGSL: { readonly [S in Storage]: string } = {
  f32: /* wgsl */ `
fn weightAt(row: u32, index: u32) -> Block { return weights[row][index]; }`,
  f16: /* wgsl */ `
fn weightAt(row: u32, index: u32) -> Block {
  let pair = weights[row][index / 2u];
  let words = select(pair.xy, pair.zw, index % 2u == 1u);
  // Not by bitcast, which naga has not for halves; compilers make the same of both.
  return Block(vec4f(unpack2x16float(words.x), unpack2x16float(words.y)));
}`,
  "packed-f16": /* wgsl */ `
fn weightAt(row: u32, index: u32) -> Block {
  let pair = weights[row][index / 2u];
  return select(pair.xy, pair.zw, index % 2u == 1u);
}`,
};

/** What the results are scaled by, and the sum of the residuals: from constants, which compilers make the most of. */
export function scalingWgsl(residuals: number): string {
  const terms = each(
    residuals,
    (i) =>
      `RESIDUAL${i}_BETA * toFloats(residual${i}[blockIndex(channelBlock, position / RESIDUAL${i}_UPSAMPLE, planes.residual${i})])`,
    "\n    + ",
  );
  return /* wgsl */ `
fn alpha() -> f32 { return ALPHA; }
fn residual(channelBlock: u32, position: vec2u) -> vec4f {
  return ${terms || "vec4f(0)"};
}`;
}

/** The same from the uniform, for convolutions that have up to so many residuals; of what has none the factor is zero. */
export function uniformScalingWgsl(residuals: number): string {
  const terms = each(
    residuals,
    (i) => `  let beta${i} = bitcast<f32>(planes.residual${i}.aux0);
  if (beta${i} != 0) { sum += beta${i} * toFloats(residual${i}[blockIndex(channelBlock, position, planes.residual${i})]); }`,
  );
  return /* wgsl */ `
fn alpha() -> f32 { return bitcast<f32>(planes.dst.aux1); }
fn residual(channelBlock: u32, position: vec2u) -> vec4f {
  var sum = vec4f(0);
${terms}
  return sum;
}`;
}
