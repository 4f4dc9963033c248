// Frames accumulated one after another, whose shifts come with them. What a frame sees, and spreading back, is in multi-frame.wgsl.ts; planes
// are those of that file, with values of 0..1, and the tables hold one frame.
//
// Preamble: SCALE, CHANNELS, TAPS, AXIS_WORDS.

/** Keys' cubic convolution. */
export const keysWgsl = /* wgsl */ `
fn keysWeight(place: f32) -> f32 {
  let d = abs(place);
  if (d <= 1.0) { return (1.5 * d - 2.5) * d * d + 1.0; }
  return select(0.0, ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0, d < 2.0);
}`;

/**
 * The tables of one frame, from what was recorded with it, a byte a word: x and y as 16 bits each, then the step. One invocation an axis.
 * Samples whose point spread reaches beyond the larger picture are left out: they see what it does not show. Preamble: SHIFT_UNIT,
 * SHIFT_REACH, STEP_UNIT, DEVIATION (a Gaussian's standard deviation in places, 0 for a box) and BEYOND, the places that the point
 * spread reaches beyond a sample's square.
 */
export const frameTablesWgsl = /* wgsl */ `
// Of the places that a sample averages over, up to a factor.
fn spreadWeight(place: i32) -> f32 {
  let places = i32(SCALE + 2u * BEYOND);
  if (place < 0 || place >= places) { return 0.0; }
  if (DEVIATION == 0.0) { return 1.0; }
  let middle = 0.5 * f32(places - 1);
  let nearest = fract(middle);
  let distance = f32(place) - middle;
  return exp((nearest * nearest - distance * distance) / (2.0 * DEVIATION * DEVIATION));
}

@compute @workgroup_size(2)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let axis = axisOf(0u, id.x);
  let size = f32(select(planes.src.width, planes.src.height, id.x == 1u));
  let shift = f32((recorded[2u * id.x] << 8u) | recorded[2u * id.x + 1u]) / SHIFT_UNIT - SHIFT_REACH;
  let moved = shift * f32(SCALE);
  let part = fract(moved);
  let beyond = f32(BEYOND) / f32(SCALE);
  let start = clamp(ceil(beyond - shift), 0.0, size);
  tables[axis] = floor(moved) - 1.0 - f32(BEYOND);
  tables[axis + 1u] = start;
  tables[axis + 2u] = clamp(floor(size - 1.0 - beyond - shift) + 1.0, start, size);
  tables[axis + 3u] = moved + 0.5 * f32(SCALE - 1u);
  var total = 0.0;
  for (var tap = 0u; tap < TAPS; tap++) {
    var weight = 0.0;
    for (var k = 0; k < 4; k++) { weight += spreadWeight(i32(tap) - k) * keysWeight(part + 1.0 - f32(k)); }
    total += weight;
    tables[axis + WEIGHTS + tap] = weight;
  }
  var sum = 0.0;
  tables[axis + SUMS] = sum;
  for (var tap = 0u; tap < TAPS; tap++) {
    let weight = tables[axis + WEIGHTS + tap] / total;
    sum += weight;
    tables[axis + WEIGHTS + tap] = weight;
    tables[axis + SUMS + tap + 1u] = sum;
  }
  if (id.x == 0u) { tables[2u * AXIS_WORDS] = f32(recorded[4]) / STEP_UNIT; }
}`;

/** A sample of the texture at hand. */
export const textureSampleWgsl = /* wgsl */ `
fn frameSample(frame: u32, position: vec2u, channel: u32) -> f32 { return loadSource(position)[channel]; }`;

/** The first picture: the frame enlarged by Keys' bicubic, where it looks. */
export const firstPictureWgsl = /* wgsl */ `
fn keysWeights(part: f32) -> vec4f {
  return vec4f(keysWeight(part + 1.0), keysWeight(part), keysWeight(part - 1.0), keysWeight(part - 2.0));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let places = vec2f(tables[axisOf(0u, 0u) + 3u], tables[axisOf(0u, 1u) + 3u]);
  let at = (vec2f(id.xy) - places) / f32(SCALE);
  let first = vec2i(floor(at)) - 1;
  let last = vec2i(i32(planes.src.width), i32(planes.src.height)) - 1;
  let across = keysWeights(fract(at.x));
  let down = keysWeights(fract(at.y));
  var sum = 0.0;
  for (var y = 0; y < 4; y++) {
    for (var x = 0; x < 4; x++) {
      let sample = vec2u(clamp(first + vec2i(x, y), vec2i(0), last));
      sum += down[y] * across[x] * frameSample(0u, sample, id.z);
    }
  }
  estimate[(id.z * planes.dst.height + id.y) * planes.dst.width + id.x] = sum;
}`;

/** A step of back-projection by one frame, in place. */
export const accumulateWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let last = vec2i(i32(planes.dst.width), i32(planes.dst.height)) - 1;
  let step = tables[2u * AXIS_WORDS] * f32(SCALE * SCALE);
  let spread = spreadBack(vec2i(id.xy), last, id.z);
  estimate[(id.z * planes.dst.height + id.y) * planes.dst.width + id.x] += step * spread;
}`;

/** The picture as a result that a texture is stored from. */
export const resultOfPictureWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let plane = planes.dst.width * planes.dst.height;
  let at = id.y * planes.dst.width + id.x;
  storePixel(id.xy, vec4f(estimate[at], estimate[plane + at], estimate[2u * plane + at], 1.0));
}`;
