// Pictures in and out: a region of a picture becomes a network's input, and the result goes back to where it belongs. Owns the
// conversion of values and the way from a pixel of a region to one of the picture; which regions there are is plan/regions.ts.

/**
 * A region: what one run of a network reads of its source, and where its result goes. Words as in ops/region.ts. Borders are
 * numbered as in BORDERS there.
 */
export const regionWgsl = /* wgsl */ `
struct Region {
  start: vec2i,       // the region's first pixel in the source; it may lie outside
  extent: vec2u,      // the source's width and height
  offset: u32,        // words before the first row of a packed source
  pitch: u32,         // words from one of its rows to the next
  border: vec2u,      // what lies beyond the source, across and down
  mirror: vec2u,      // 1: mirrored across, down
  transpose: u32,     // 1: then turned over its diagonal
  first: u32,         // 1: the first of those that are added up
  kept: vec4u,        // left, top, right, bottom of what is kept of the result, upright
  to: vec2u,          // the pixel of the destination that the first kept one becomes
  toOffset: u32,      // words before it in a packed destination
  toPitch: u32,       // words from one row of that to the next
  tableFrom: vec2u,   // the pixel of the result that the tables of taps begin with
  tableSize: vec2u,   // entries of the tables across and down
  alphaFrom: vec2i,   // the pixel of the source that the alpha begins with
  alphaExtent: vec2u,
  alphaPitch: u32,
  alphaBorder: u32,
  result: vec2u,      // the result's width and height, upright
}

const WRAP = 1u;
const REFLECT = 2u;

// The source's pixel for position at of an axis of size pixels.
fn bordered(at: i32, size: u32, border: u32) -> u32 {
  let last = i32(size) - 1;
  if (at >= 0 && at <= last) { return u32(at); }
  if (border == WRAP) {
    let rest = at % i32(size);
    return u32(select(rest, rest + i32(size), rest < 0));
  }
  let mirrored = select(2 * last - at, -at, at < 0);
  // Beyond as many pixels as there are a reflection would leave the picture again: the edge is repeated instead.
  if (border == REFLECT && mirrored >= 0 && mirrored <= last) { return u32(mirrored); }
  return u32(clamp(at, 0, last));
}

// Where pixel at of a region that lies as region says is in the upright one, whose extent is size; and back.
fn upright(at: vec2u, size: vec2u) -> vec2u {
  let turned = select(at, at.yx, region.transpose == 1u);
  return select(turned, size - 1u - turned, region.mirror == vec2u(1u));
}
fn laidDown(at: vec2u, size: vec2u) -> vec2u {
  let mirrored = select(at, size - 1u - at, region.mirror == vec2u(1u));
  return select(mirrored, mirrored.yx, region.transpose == 1u);
}`;

/**
 * The colour of a pixel of packed rows, each beginning with a word. Preamble: SOURCE_CHANNELS (1 and 2 are gray), SOURCE_BITS.
 */
export const loadPackedWgsl = /* wgsl */ `
fn sourceLevel(row: u32, index: u32) -> u32 {
  if (SOURCE_BITS == 32u) { return picture[row + index]; }
  if (SOURCE_BITS == 8u) { return extractBits(picture[row + index / 4u], index % 4u * 8u, 8u); }
  return extractBits(picture[row + index / 2u], index % 2u * 16u, 16u);
}
fn loadSource(at: vec2u) -> vec3f {
  let row = region.offset + at.y * region.pitch;
  let red = sourceLevel(row, at.x * SOURCE_CHANNELS);
  var green = red;
  var blue = red;
  if (SOURCE_CHANNELS > 2u) {
    green = sourceLevel(row, at.x * SOURCE_CHANNELS + 1u);
    blue = sourceLevel(row, at.x * SOURCE_CHANNELS + 2u);
  }
  if (SOURCE_BITS == 32u) { return bitcast<vec3f>(vec3u(red, green, blue)); }
  if (SOURCE_BITS == 8u) { return unpack4x8unorm(red | (green << 8u) | (blue << 16u)).rgb; }
  return vec3f(unpack2x16unorm(red | (green << 16u)), unpack2x16unorm(blue).x);
}`;

/**
 * The colour of a texel, clamped to 0..LARGEST_COLOR and encoded by a curve (CURVE_WGSL); NaN is 0. Preamble: DECODED (1: texels of -srgb, which the device decoded: they become what
 * is stored), UNPREMULTIPLY (1: stored values are multiplied by alpha), LEVELS (1: they have 8
 * bits, and are rounded to what the packed picture would hold), FLIP (1: the first row is the bottom one). `texel` is a function of
 * the texture's kind; `noteNaN` hears of values that are NaN.
 */
export const loadTextureWgsl = /* wgsl */ `
fn texelOf(at: vec2u) -> vec4f {
  let found = texel(vec2u(at.x, select(at.y, region.extent.y - 1u - at.y, FLIP == 1u)));
  if (DECODED == 0u) { return found; }
  return vec4f(floor(srgbEncoded(found.rgb) * 255.0 + 0.5) / 255.0, found.a);
}
fn loadSource(at: vec2u) -> vec3f {
  let texel = texelOf(at);
  var loaded = texel.rgb;
  // Under alpha 0 colours are straight: they were filled in.
  if (UNPREMULTIPLY == 1u) { loaded = select(loaded, loaded / texel.a, texel.a > 0.0); }
  let numbers = isNumber(loaded);
  if (!all(numbers)) { noteNaN(); }
  var color = encodedColor(clamp(select(vec3f(0), loaded, numbers), vec3f(0), vec3f(LARGEST_COLOR)));
  if (LEVELS == 1u) {
    let levels = vec3u(floor(color * 255.0 + 0.5));
    color = unpack4x8unorm(levels.r | (levels.g << 8u) | (levels.b << 16u)).rgb;
  }
  return color;
}
fn isNumber(values: vec3f) -> vec3<bool> {
  return (bitcast<vec3u>(values) & vec3u(0x7fffffffu)) <= vec3u(0x7f800000u);
}`;

export const NOTE_NAN_WGSL = {
  unnoted: /* wgsl */ `
fn noteNaN() {}`,
  counted: /* wgsl */ `
fn noteNaN() { overflows[0] = 1u; }`,
} as const;

export const TEXEL_WGSL = {
  texture: /* wgsl */ `
fn texel(at: vec2u) -> vec4f { return textureLoad(picture, at, 0); }`,
  external: /* wgsl */ `
fn texel(at: vec2u) -> vec4f { return textureLoad(picture, at); }`,
} as const;

/** One invocation writes one pixel of the tensor. Preamble: CHANNELS (of the tensor: 1 or 3) and what loadSource needs. */
export const imageToTensorWgsl = /* wgsl */ `
const LUMA = vec3f(0.299, 0.587, 0.114);

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let size = vec2u(planes.dst.width, planes.dst.height);
  let at = region.start + vec2i(upright(id.xy, select(size, size.yx, region.transpose == 1u)));
  let x = bordered(at.x, region.extent.x, region.border.x);
  let y = bordered(at.y, region.extent.y, region.border.y);
  let color = loadSource(vec2u(x, y));
  let value = select(vec4f(dot(color, LUMA), 0, 0, 0), vec4f(color, 0), CHANNELS == 3u);
  dst[blockIndex(0u, id.xy, planes.dst)] = toBlock(value);
}`;

/** Words before the first pixel of a picture that is written: the first is 1 where some value was not finite. */
export const PICTURE_HEADER_WORDS = 4;

/**
 * Writes one pixel of the result, opaque, if it lies in planes.window. planes.dst is where the result lies: its origin
 * and pitch count pixels. Preamble: CHANNELS (of the tensor), WORDS (a pixel: 1 for 8 bits a channel, 2 for 16, 3 for floats, which
 * are neither clamped nor rounded), GRAY (1: store the luma), HEADER.
 */
export const storePixelWgsl = /* wgsl */ `
const STORE_LUMA = vec3f(0.299, 0.587, 0.114);

fn storePixel(position: vec2u, values: vec4f) {
  if (any(position < planes.window.xy) || any(position >= planes.window.zw)) { return; }
  var color = values.rgb;
  if (CHANNELS == 1u) { color = values.rrr; }
  if (GRAY == 1u && CHANNELS == 3u) { color = vec3f(dot(color, STORE_LUMA)); }
  // By their bits: compilers may take it for granted that x == x.
  let finite = (bitcast<vec3u>(color) & vec3u(0x7f800000u)) != vec3u(0x7f800000u);
  if (!all(finite)) { pixels[0] = 1u; }
  color = select(vec3f(0), color, finite);
  let at = HEADER + (planes.dst.origin + position.y * planes.dst.pitch + position.x) * WORDS;
  if (WORDS == 3u) {
    let words = bitcast<vec3u>(color);
    pixels[at] = words.r;
    pixels[at + 1u] = words.g;
    pixels[at + 2u] = words.b;
    return;
  }
  color = clamp(color, vec3f(0), vec3f(1));
  if (WORDS == 1u) {
    let levels = vec3u(floor(color * 255.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 8u) | (levels.b << 16u) | 0xff000000u;
  } else {
    let levels = vec3u(floor(color * 65535.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 16u);
    pixels[at + 1u] = levels.b | 0xffff0000u;
  }
}`;

/** One invocation writes one pixel of the result, which planes.dst describes. */
export const tensorToImageWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  storePixel(id.xy, toFloats(source0[blockIndex(0u, id.xy, planes.src)]));
}`;

/**
 * The levels of pixel `at` of a result, or the bits of its floats, behind a header. Preamble: WORDS, HEADER.
 */
export const loadResultWgsl = /* wgsl */ `
fn loadResult(at: vec2u) -> vec3u {
  let width = select(region.result.x, region.result.y, region.transpose == 1u);
  let word = HEADER + (at.y * width + at.x) * WORDS;
  let low = pixels[word];
  if (WORDS == 1u) { return vec3u(low, low >> 8u, low >> 16u) & vec3u(255u); }
  if (WORDS == 3u) { return vec3u(low, pixels[word + 1u], pixels[word + 2u]); }
  return vec3u(low & 0xffffu, low >> 16u, pixels[word + 1u] & 0xffffu);
}`;

/**
 * The levels of a kept pixel, or the bits of its floats, from eight results added up, three floats a pixel behind a header.
 * Preamble: BITS, LARGEST, HEADER.
 */
export const loadMeanWgsl = /* wgsl */ `
fn loadResult(at: vec2u) -> vec3u {
  let kept = at - region.kept.xy;
  let word = HEADER + (kept.y * (region.kept.z - region.kept.x) + kept.x) * 3u;
  let mean = bitcast<vec3f>(vec3u(pixels[word], pixels[word + 1u], pixels[word + 2u])) / 8.0;
  if (BITS == 32u) { return bitcast<vec3u>(mean); }
  return vec3u(floor(clamp(mean, vec3f(0), vec3f(1)) * f32(LARGEST) + 0.5));
}`;

/** Adds the kept part of a result to the sums, upright. One invocation adds one pixel. */
export const accumulateWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let size = region.kept.zw - region.kept.xy;
  if (any(id.xy >= size)) { return; }
  let values = bitcast<vec3f>(loadResult(laidDown(region.kept.xy + id.xy, region.result)));
  let word = HEADER + (id.y * size.x + id.x) * 3u;
  let isFirst = region.first == 1u;
  for (var channel = 0u; channel < 3u; channel++) {
    let before = select(bitcast<f32>(sums[word + channel]), 0.0, isFirst);
    sums[word + channel] = bitcast<u32>(before + values[channel]);
  }
  if (all(id.xy == vec2u(0u))) { sums[0] = select(sums[0], 0u, isFirst) | pixels[0]; }
}`;

/**
 * Stores the kept part of a result as packed rows. One invocation writes one word. Preamble: CHANNELS (of a pixel: 1 to 4), BITS,
 * HEADER; and what loadResult and alphaLevel need.
 */
export const storePackedWgsl = /* wgsl */ `
fn levelOf(channel: u32, colors: vec3u, at: vec2u) -> u32 {
  if ((CHANNELS == 2u && channel == 1u) || channel == 3u) { return alphaLevel(at); }
  return colors[channel];
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let size = region.kept.zw - region.kept.xy;
  if (id.x == 0u && id.y == 0u && pixels[0] != 0u) { packed[0] = 1u; }
  let perWord = 32u / BITS;
  let firstElement = id.x * perWord;
  if (id.y >= size.y || firstElement >= size.x * CHANNELS) { return; }
  var word = 0u;
  for (var i = 0u; i < perWord; i++) {
    let element = firstElement + i;
    let x = element / CHANNELS;
    if (x >= size.x) { break; }
    let at = vec2u(x, id.y);
    word |= levelOf(element % CHANNELS, loadResult(region.kept.xy + at), region.to + at) << (i * BITS);
  }
  packed[region.toOffset + id.y * region.toPitch + id.x] = word;
}`;

/**
 * The same for RGB of 8 bits, the most frequent form: a word is of two pixels, each loaded once. Software adapters load dearly.
 * Preamble: HEADER.
 */
export const storeRgb8Wgsl = /* wgsl */ `
@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let size = region.kept.zw - region.kept.xy;
  if (id.x == 0u && id.y == 0u && pixels[0] != 0u) { packed[0] = 1u; }
  let firstByte = id.x * 4u;
  if (id.y >= size.y || firstByte >= size.x * 3u) { return; }
  let x = firstByte / 3u;
  let skippedBits = (firstByte - x * 3u) * 8u;
  let at = HEADER + (region.kept.y + id.y) * region.result.x + region.kept.x + x;
  let left = pixels[at] & 0xffffffu;
  var right = 0u;
  if (x + 1u < size.x) { right = pixels[at + 1u] & 0xffffffu; }
  packed[region.toOffset + id.y * region.toPitch + id.x] = (left >> skippedBits) | (right << (24u - skippedBits));
}`;

/**
 * Stores the kept part of a result as texels. One invocation writes one. `overflows` counts the results that had a value which was
 * not finite. Preamble: LARGEST (of the result), PREMULTIPLY, FLIP (1: the first row is the bottom
 * one); and what loadResult, alphaLevel and a curve (CURVE_WGSL) need.
 */
export const storeTextureWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let size = region.kept.zw - region.kept.xy;
  if (all(id.xy == vec2u(0u)) && pixels[0] != 0u) { overflows[0] += 1u; }
  if (any(id.xy >= size)) { return; }
  let at = region.to + id.xy;
  let alpha = f32(alphaLevel(at)) / f32(LARGEST);
  var color = vec3f(loadResult(region.kept.xy + id.xy)) / f32(LARGEST);
  color = decodedColor(color);
  if (PREMULTIPLY == 1u) { color *= alpha; }
  let row = select(at.y, textureDimensions(target_).y - 1u - at.y, FLIP == 1u);
  textureStore(target_, vec2u(at.x, row), vec4f(color, alpha));
}`;

/**
 * Resizing from pixels to pixels by tables of taps, as in resize.wgsl.ts. `taps` holds one after another: startX, weightsX,
 * startY, weightsY. One invocation writes one pixel of the result. Preamble: TAPS_X, TAPS_Y.
 */
export const resizePixelsWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let entry = region.to + id.xy - region.kept.xy - region.tableFrom;
  let weightsX = region.tableSize.x + entry.x * TAPS_X;
  let tapsY = region.tableSize.x * (TAPS_X + 1u);
  let weightsY = tapsY + region.tableSize.y + entry.y * TAPS_Y;
  let left = i32(taps[entry.x]) + region.start.x;
  let top = i32(taps[tapsY + entry.y]) + region.start.y;
  var sum = vec3f(0);
  for (var ky = 0u; ky < TAPS_Y; ky++) {
    let y = bordered(top + i32(ky), region.extent.y, region.border.y);
    var across = vec3f(0);
    for (var kx = 0u; kx < TAPS_X; kx++) {
      let x = bordered(left + i32(kx), region.extent.x, region.border.x);
      across += taps[weightsX + kx] * loadSource(vec2u(x, y));
    }
    sum += taps[weightsY + ky] * across;
  }
  storePixel(id.xy, vec4f(sum, 0));
}`;
