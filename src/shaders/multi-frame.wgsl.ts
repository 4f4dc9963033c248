// Merging frames into a larger picture. Planes of f32 in levels of 255, [C][height][width]: planes.dst is the larger picture, planes.src a
// frame. planes.dst.aux0 and aux1 are the first frame at work and how many, aux2 the bits of an f32 that each kernel names.
// Preamble: SCALE, CHANNELS, BITS, TAPS, AXIS_WORDS, tables.
//
// tables holds AXIS_WORDS for each frame's columns, then its rows: origin, first sample in view, the sample after the last, place of sample
// 0, the weight of each tap, then the sums of the weights before tap 0, 1, ... TAPS: what all taps beyond an edge weigh together is the
// difference of two of those.

export const axisWgsl = /* wgsl */ `
const STEP = i32(SCALE);
const LAST_TAP = i32(TAPS);
const WEIGHTS = 4u;
const SUMS = WEIGHTS + TAPS;

fn axisOf(frame: u32, axis: u32) -> u32 { return (frame * 2u + axis) * AXIS_WORDS; }
fn originOf(axis: u32) -> i32 { return i32(tables[axis]); }
fn viewOf(axis: u32) -> vec2i { return vec2i(i32(tables[axis + 1u]), i32(tables[axis + 2u])); }`;

/** Reads a sample of the frames, interleaved rows of 8 or 16 bits one frame after another, in levels of 255. */
export const sampleWgsl = /* wgsl */ `
fn sampleAt(index: u32) -> f32 {
  if (BITS == 8u) { return f32((frames[index >> 2u] >> (8u * (index & 3u))) & 255u); }
  return f32((frames[index >> 1u] >> (16u * (index & 1u))) & 65535u) / 257.0;
}
fn frameSample(frame: u32, position: vec2u, channel: u32) -> f32 {
  return sampleAt(((frame * planes.src.height + position.y) * planes.src.width + position.x) * CHANNELS + channel);
}`;

/** What the frames show and the picture does not explain. planes.src.aux0 is where tables has norms. Preamble: constrained(). */
export const differencesWgsl = /* wgsl */ `
fn isInView(axis: u32, sample: u32) -> bool {
  let view = viewOf(axis);
  return i32(sample) >= view.x && i32(sample) < view.y;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.src.width || id.y >= planes.src.height) { return; }
  let frame = planes.dst.aux0 + id.z / CHANNELS;
  let channel = id.z % CHANNELS;
  let columns = axisOf(frame, 0u);
  let rows = axisOf(frame, 1u);
  let at = (id.z * planes.src.height + id.y) * planes.src.width + id.x;
  if (!isInView(columns, id.x) || !isInView(rows, id.y)) {
    differences[at] = 0.0;
    return;
  }
  let first = vec2i(id.xy * SCALE) + vec2i(originOf(columns), originOf(rows));
  let last = vec2i(i32(planes.dst.width), i32(planes.dst.height)) - 1;
  var seen = 0.0;
  for (var ty = 0; ty < LAST_TAP; ty++) {
    let line = (channel * planes.dst.height + u32(clamp(first.y + ty, 0, last.y))) * planes.dst.width;
    var across = 0.0;
    for (var tx = 0; tx < LAST_TAP; tx++) {
      across += tables[columns + WEIGHTS + u32(tx)] * estimate[line + u32(clamp(first.x + tx, 0, last.x))];
    }
    seen += tables[rows + WEIGHTS + u32(ty)] * across;
  }
  differences[at] = constrained(frameSample(frame, id.xy, channel) - seen, frame, id.xy);
}`;

/** Least squares: the difference as it is. */
export const squaredWgsl = /* wgsl */ `
fn constrained(difference: f32, frame: u32, position: vec2u) -> f32 { return difference; }`;

/** Projection onto the slab of pictures that explain a sample up to SLACK levels. Norms are 1 / |row of A|^2, by columns, then rows. */
export const slabWgsl = /* wgsl */ `
fn constrained(difference: f32, frame: u32, position: vec2u) -> f32 {
  let norms = planes.src.aux0 + frame * (planes.src.width + planes.src.height);
  let norm = tables[norms + position.x] * tables[norms + planes.src.width + position.y];
  return sign(difference) * max(abs(difference) - SLACK, 0.0) * norm;
}`;

/** The adjoint of what the frames see: the differences spread back over the larger picture. */
export const spreadBackWgsl = /* wgsl */ `
// Division that rounds down; places lie within a million of 0.
fn floorDivided(value: i32) -> i32 { return (value + STEP * 1048576) / STEP - 1048576; }

// The samples that see a place: from the first, up to the next.
fn samplesThatSee(axis: u32, place: i32, last: i32) -> vec2i {
  let view = viewOf(axis);
  let start = floorDivided(place - originOf(axis) - LAST_TAP) + 1;
  let end = floorDivided(place - originOf(axis)) + 1;
  return vec2i(select(max(start, view.x), view.x, place == 0), select(min(end, view.y), view.y, place == last));
}

// What a sample weighs a place at an edge with, which is that of all taps beyond it too.
fn edgeWeight(axis: u32, sample: i32, place: i32, last: i32) -> f32 {
  let tap = place - originOf(axis) - sample * STEP;
  let start = select(clamp(tap, 0, LAST_TAP), 0, place == 0);
  let end = select(clamp(tap + 1, 0, LAST_TAP), LAST_TAP, place == last);
  return tables[axis + SUMS + u32(end)] - tables[axis + SUMS + u32(start)];
}

fn isEdge(position: vec2i, last: vec2i) -> bool { return any(position == vec2i(0)) || any(position == last); }

fn spreadBack(position: vec2i, last: vec2i, channel: u32) -> f32 {
  let atEdge = isEdge(position, last);
  var sum = 0.0;
  for (var k = 0u; k < planes.dst.aux1; k++) {
    let columns = axisOf(planes.dst.aux0 + k, 0u);
    let rows = axisOf(planes.dst.aux0 + k, 1u);
    let xs = samplesThatSee(columns, position.x, last.x);
    let ys = samplesThatSee(rows, position.y, last.y);
    // Of the first sample; each next one sees the place by a tap that is STEP before.
    let tap = position - vec2i(originOf(columns), originOf(rows)) - vec2i(xs.x, ys.x) * STEP;
    for (var y = ys.x; y < ys.y; y++) {
      let line = ((k * CHANNELS + channel) * planes.src.height + u32(y)) * planes.src.width;
      var across = 0.0;
      if (atEdge) {
        for (var x = xs.x; x < xs.y; x++) {
          across += edgeWeight(columns, x, position.x, last.x) * differences[line + u32(x)];
        }
        sum += edgeWeight(rows, y, position.y, last.y) * across;
      } else {
        var at = columns + WEIGHTS + u32(tap.x);
        for (var x = xs.x; x < xs.y; x++) {
          across += tables[at] * differences[line + u32(x)];
          at -= SCALE;
        }
        sum += tables[rows + WEIGHTS + u32(tap.y - (y - ys.x) * STEP)] * across;
      }
    }
  }
  return sum;
}`;

/** One step of a descent. Preamble: moved(). */
export const descentWgsl = /* wgsl */ `
fn pixelAt(position: vec2i, last: vec2i, channel: u32) -> f32 {
  let inside = vec2u(clamp(position, vec2i(0), last));
  return estimate[(channel * planes.dst.height + inside.y) * planes.dst.width + inside.x];
}

// Least squares: the step of the descent, in planes.dst.aux2, on the mean of the frames' gradients.
fn stepSize() -> f32 { return bitcast<f32>(planes.dst.aux2); }
fn dataStep(spread: f32) -> f32 { return stepSize() * f32(SCALE * SCALE) / f32(planes.dst.aux1) * spread; }

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let position = vec2i(id.xy);
  let last = vec2i(i32(planes.dst.width), i32(planes.dst.height)) - 1;
  let spread = spreadBack(position, last, id.z);
  dst[(id.z * planes.dst.height + id.y) * planes.dst.width + id.x] = moved(position, last, id.z, spread);
}`;

/** Back-projection (Irani & Peleg 1991). */
export const backProjectedWgsl = /* wgsl */ `
fn moved(position: vec2i, last: vec2i, channel: u32, spread: f32) -> f32 {
  return pixelAt(position, last, channel) + dataStep(spread);
}`;

/** POCS (Stark & Oskoui 1989): a projection of one frame's samples, then that onto 0..255. */
export const projectedWgsl = /* wgsl */ `
fn moved(position: vec2i, last: vec2i, channel: u32, spread: f32) -> f32 {
  return clamp(pixelAt(position, last, channel) + spread, 0.0, 255.0);
}`;

/** MAP with bilateral total variation (Farsiu et al. 2004). Preamble: WEIGHT, DECAY, REACH, SOFTNESS. */
export const bilateralWgsl = /* wgsl */ `
fn softSign(value: f32) -> f32 { return value * inverseSqrt(value * value + SOFTNESS * SOFTNESS); }

fn moved(position: vec2i, last: vec2i, channel: u32, spread: f32) -> f32 {
  let own = pixelAt(position, last, channel);
  let reach = i32(REACH);
  var prior = 0.0;
  for (var y = -reach; y <= reach; y++) {
    var weight = pow(DECAY, f32(abs(y) - 1));
    for (var x = 0; x <= reach; x++) {
      weight *= DECAY;
      if (x == 0 && y <= 0) { continue; }
      let by = vec2i(x, y);
      let before = clamp(position - by, vec2i(0), last);
      let forward = softSign(own - pixelAt(position + by, last, channel));
      let backward = softSign(pixelAt(before, last, channel) - pixelAt(before + by, last, channel));
      prior += weight * (forward - backward);
    }
  }
  return own + dataStep(spread) - stepSize() * WEIGHT * prior;
}`;

/** MAP with the Huber-Markov prior (Schultz & Stevenson 1996) on first differences. Preamble: WEIGHT, THRESHOLD. */
export const huberWgsl = /* wgsl */ `
fn bounded(difference: f32) -> f32 { return clamp(difference, -THRESHOLD, THRESHOLD); }

fn moved(position: vec2i, last: vec2i, channel: u32, spread: f32) -> f32 {
  let own = pixelAt(position, last, channel);
  var pull = 0.0;
  for (var axis = 0; axis < 2; axis++) {
    let by = select(vec2i(0, 1), vec2i(1, 0), axis == 0);
    pull += bounded(pixelAt(position + by, last, channel) - own) - bounded(own - pixelAt(position - by, last, channel));
  }
  return own + dataStep(spread) + stepSize() * WEIGHT * pull;
}`;

/** Normalised convolution: samples weighted by a Gaussian of their distance. aux2 is its width in places. Preamble: NEAR. */
export const shiftAndAddWgsl = /* wgsl */ `
// So far away that nothing is left, but that weights can still be divided by their sum.
const LEAST_EXPONENT = -80.0;

fn near(axis: u32, place: u32, samples: u32) -> vec2i {
  let start = ceil((f32(place) - tables[axis + 3u] - NEAR) / f32(SCALE));
  let end = floor((f32(place) - tables[axis + 3u] + NEAR) / f32(SCALE));
  return clamp(vec2i(i32(start), i32(end)), vec2i(0), vec2i(i32(samples) - 1));
}
fn distanceTo(axis: u32, place: u32, sample: i32) -> f32 {
  return f32(i32(place) - sample * STEP) - tables[axis + 3u];
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let width = bitcast<f32>(planes.dst.aux2);
  var sum = 0.0;
  var total = 0.0;
  for (var frame = planes.dst.aux0; frame < planes.dst.aux0 + planes.dst.aux1; frame++) {
    let columns = axisOf(frame, 0u);
    let rows = axisOf(frame, 1u);
    let xs = near(columns, id.x, planes.src.width);
    let ys = near(rows, id.y, planes.src.height);
    for (var y = ys.x; y <= ys.y; y++) {
      let dy = distanceTo(rows, id.y, y) / width;
      for (var x = xs.x; x <= xs.y; x++) {
        let dx = distanceTo(columns, id.x, x) / width;
        let weight = exp(max(-0.5 * (dx * dx + dy * dy), LEAST_EXPONENT));
        sum += weight * frameSample(frame, vec2u(u32(x), u32(y)), id.z);
        total += weight;
      }
    }
  }
  dst[(id.z * planes.dst.height + id.y) * planes.dst.width + id.x] = sum / total;
}`;

/** Levels as interleaved rows of 8 or 16 bits, a word an invocation. Preamble: ROW_WORDS, how many words an invocation of y is on. */
export const packLevelsWgsl = /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let plane = planes.dst.width * planes.dst.height;
  let perWord = 32u / BITS;
  let word = id.y * ROW_WORDS + id.x;
  if (word >= (plane * CHANNELS + perWord - 1u) / perWord) { return; }
  let most = f32((1u << BITS) - 1u);
  var packed = 0u;
  for (var i = 0u; i < perWord; i++) {
    let value = word * perWord + i;
    if (value >= plane * CHANNELS) { break; }
    let level = estimate[(value % CHANNELS) * plane + value / CHANNELS] * (most / 255.0);
    packed |= u32(clamp(floor(level + 0.5), 0.0, most)) << (BITS * i);
  }
  dst[word] = packed;
}`;
