// Pictures in and out: packed RGBA words to a tensor and back. Owns the conversion of values alone; alpha is image/alpha.ts.
// Preamble: CHANNELS (of the tensor: 1 or 3), WORDS (a pixel: 1 for 8 bits a channel, 2 for 16), GRAY (1: store the luma).

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
  let at = (y * planes.src.width + x) * WORDS;
  var color: vec3f;
  if (WORDS == 1u) {
    color = unpack4x8unorm(pixels[at]).rgb;
  } else {
    color = vec3f(unpack2x16unorm(pixels[at]), unpack2x16unorm(pixels[at + 1u]).x);
  }
  let value = select(vec4f(dot(color, LUMA), 0, 0, 0), vec4f(color, 0), CHANNELS == 3u);
  dst[blockIndex(0u, id.xy, planes.dst)] = toBlock(value);
}`;

/** One invocation writes one pixel of the picture, which planes.dst describes; alpha is opaque. */
export const tensorToImageWgsl = /* wgsl */ `
const LUMA = vec3f(0.299, 0.587, 0.114);

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let values = toFloats(source0[blockIndex(0u, id.xy, planes.src)]);
  var color = values.rgb;
  if (CHANNELS == 1u) { color = values.rrr; }
  if (GRAY == 1u && CHANNELS == 3u) { color = vec3f(dot(color, LUMA)); }
  color = clamp(color, vec3f(0), vec3f(1));
  let at = (id.y * planes.dst.width + id.x) * WORDS;
  if (WORDS == 1u) {
    let levels = vec3u(floor(color * 255.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 8u) | (levels.b << 16u) | 0xff000000u;
  } else {
    let levels = vec3u(floor(color * 65535.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 16u);
    pixels[at + 1u] = levels.b | 0xffff0000u;
  }
}`;
