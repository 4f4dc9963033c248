// The alpha of a result: opaque, or the source's, resized. Owns alphaLevel, which the kernels call that store results; those are
// picture.wgsl.ts, as is what is bound here.

/** Opaque. Preamble: LARGEST. */
export const opaqueAlphaWgsl = /* wgsl */ `
fn alphaLevel(at: vec2u) -> u32 { return LARGEST; }`;

/** Which of the source's alpha pixel `at` of the destination is made of, and where its weights are. Preamble: TAPS_X, TAPS_Y. */
export const alphaTapsWgsl = /* wgsl */ `
struct AlphaTaps { left: i32, top: i32, weightsX: u32, weightsY: u32 }

fn tapsOf(at: vec2u) -> AlphaTaps {
  let entry = at - region.tableFrom;
  let weightsX = region.tableSize.x + entry.x * TAPS_X;
  let tapsY = region.tableSize.x * (TAPS_X + 1u);
  let weightsY = tapsY + region.tableSize.y + entry.y * TAPS_Y;
  let left = i32(alphaTaps[entry.x]) - region.alphaFrom.x;
  let top = i32(alphaTaps[tapsY + entry.y]) - region.alphaFrom.y;
  return AlphaTaps(left, top, weightsX, weightsY);
}`;

/**
 * The source's alpha resized, for pixel `at` of the destination. Levels and weights are summed in parts that f32 holds exactly where
 * weights are multiples of 1/1024 (doubling, quadrupling), as a result that lies between two levels must round the same everywhere.
 * Preamble: LARGEST, TAPS_X, TAPS_Y.
 */
export const resizedAlphaWgsl = /* wgsl */ `
fn alphaLevel(at: vec2u) -> u32 {
  let taps = tapsOf(at);
  var sums = vec3f(0);   // of the upper byte of whole levels, the lower one, and the rest
  for (var ky = 0u; ky < TAPS_Y; ky++) {
    let y = bordered(taps.top + i32(ky), region.alphaExtent.y, region.alphaBorder);
    var bytes = vec2f(0);
    for (var kx = 0u; kx < TAPS_X; kx++) {
      let x = bordered(taps.left + i32(kx), region.alphaExtent.x, region.alphaBorder);
      let level = sourceAlpha(vec2u(x, y));
      bytes += alphaTaps[taps.weightsX + kx] * vec2f(f32(level >> 8u), f32(level & 255u));
    }
    let row = bytes.x * 256.0 + bytes.y;
    let whole = floor(row);
    let upper = floor(whole / 256.0);
    sums += alphaTaps[taps.weightsY + ky] * vec3f(upper, whole - upper * 256.0, row - whole);
  }
  let parts = vec3f(sums.x * 256.0, sums.yz);
  let whole = floor(parts);
  let rest = parts - whole;
  let sum = whole.x + whole.y + whole.z + floor(rest.x + rest.y + rest.z + 0.5);
  return u32(clamp(sum, 0.0, f32(LARGEST)));
}`;

/** The same of an alpha of floats, which is neither clamped nor rounded yet. Preamble: LARGEST, TAPS_X, TAPS_Y. */
export const resizedFloatAlphaWgsl = /* wgsl */ `
fn alphaLevel(at: vec2u) -> u32 {
  let taps = tapsOf(at);
  var sum = 0.0;
  for (var ky = 0u; ky < TAPS_Y; ky++) {
    let row = bordered(taps.top + i32(ky), region.alphaExtent.y, region.alphaBorder) * region.alphaPitch;
    var across = 0.0;
    for (var kx = 0u; kx < TAPS_X; kx++) {
      let x = bordered(taps.left + i32(kx), region.alphaExtent.x, region.alphaBorder);
      across += alphaTaps[taps.weightsX + kx] * bitcast<f32>(alpha[row + x]);
    }
    sum += alphaTaps[taps.weightsY + ky] * across;
  }
  return u32(floor(clamp(sum, 0.0, 1.0) * f32(LARGEST) + 0.5));
}`;

export const SOURCE_ALPHA_WGSL = {
  /** Rows of levels, one channel. Preamble: SOURCE_BITS. */
  packed: /* wgsl */ `
fn sourceAlpha(at: vec2u) -> u32 {
  let row = at.y * region.alphaPitch;
  if (SOURCE_BITS == 8u) { return extractBits(alpha[row + at.x / 4u], at.x % 4u * 8u, 8u); }
  return extractBits(alpha[row + at.x / 2u], at.x % 2u * 16u, 16u);
}`,
  /** NaN is 0. Preamble: LARGEST, FLIP (1: the first row is the bottom one, as in the destination). */
  texture: /* wgsl */ `
fn sourceAlpha(at: vec2u) -> u32 {
  let y = select(at.y, region.alphaExtent.y - 1u - at.y, FLIP == 1u);
  let value = textureLoad(picture, vec2u(at.x, y), 0).a;
  let isNumber = (bitcast<u32>(value) & 0x7fffffffu) <= 0x7f800000u;
  return u32(floor(clamp(select(0.0, value, isNumber), 0.0, 1.0) * f32(LARGEST) + 0.5));
}`,
} as const;
