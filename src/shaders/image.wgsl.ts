// Pictures in and out: packed RGBA words to a tensor and back. Owns the conversion of values alone; alpha is picture/alpha.ts.
// Preamble: CHANNELS (of the tensor: 1 or 3), WORDS (a pixel written: 1 for 8 bits a channel, 2 for 16), GRAY (1: store the
// luma), IN_WORDS (a pixel read).

/** The colour of pixel `index` of the packed picture `source`. */
export const loadPixelWgsl = /* wgsl */ `
fn loadPixel(index: u32) -> vec3f {
  let at = index * IN_WORDS;
  if (IN_WORDS == 1u) { return unpack4x8unorm(picture[at]).rgb; }
  return vec3f(unpack2x16unorm(picture[at]), unpack2x16unorm(picture[at + 1u]).x);
}`;

/** One invocation writes one pixel of the tensor. planes.src is the picture, which reflection continues to the dst's size. */
export const imageToTensorWgsl = /* wgsl */ `
const LUMA = vec3f(0.299, 0.587, 0.114);

fn reflected(at: u32, size: u32, padded: u32) -> u32 {
  if (at < size) { return at; }
  // Padding as wide as the picture or wider would reflect past its other side: the edge is repeated instead.
  if (padded - size >= size) { return size - 1u; }
  return 2u * (size - 1u) - at;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = reflected(id.x, planes.src.width, planes.dst.width);
  let y = reflected(id.y, planes.src.height, planes.dst.height);
  let color = loadPixel(y * planes.src.width + x);
  let value = select(vec4f(dot(color, LUMA), 0, 0, 0), vec4f(color, 0), CHANNELS == 3u);
  dst[blockIndex(0u, id.xy, planes.dst)] = toBlock(value);
}`;

/** Words before the first pixel of a picture that is written: the first is 1 where some value was no finite number. */
export const PICTURE_HEADER_WORDS = 4;

/**
 * Writes one pixel of the picture, opaque, if it lies in planes.window. planes.dst is where the picture lies: its origin
 * and pitch count pixels. Preamble: CHANNELS, WORDS, GRAY, HEADER.
 */
export const storePixelWgsl = /* wgsl */ `
const STORE_LUMA = vec3f(0.299, 0.587, 0.114);

fn storePixel(position: vec2u, values: vec4f) {
  if (any(position < planes.window.xy) || any(position >= planes.window.zw)) { return; }
  var color = values.rgb;
  if (CHANNELS == 1u) { color = values.rrr; }
  if (GRAY == 1u && CHANNELS == 3u) { color = vec3f(dot(color, STORE_LUMA)); }
  // By its bits: compilers may take it for granted that x == x.
  let exponents = bitcast<vec3u>(color) & vec3u(0x7f800000u);
  if (any(exponents == vec3u(0x7f800000u))) { pixels[0] = 1u; }
  color = clamp(color, vec3f(0), vec3f(1));
  let at = HEADER + (planes.dst.origin + position.y * planes.dst.pitch + position.x) * WORDS;
  if (WORDS == 1u) {
    let levels = vec3u(floor(color * 255.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 8u) | (levels.b << 16u) | 0xff000000u;
  } else {
    let levels = vec3u(floor(color * 65535.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 16u);
    pixels[at + 1u] = levels.b | 0xffff0000u;
  }
}`;

/** One invocation writes one pixel of the picture, which planes.dst describes. */
export const tensorToImageWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  storePixel(id.xy, toFloats(source0[blockIndex(0u, id.xy, planes.src)]));
}`;
