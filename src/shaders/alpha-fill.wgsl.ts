// Colours under faint texels, grown from the visible ones ring by ring, as picture/alpha-fill.ts does it on the CPU. Four kernels: one
// finds the largest alpha, one marks what is visible, one adds some rings and runs as often as it takes, one stores what they found.

/**
 * What the kernels share. Scratch texels hold their colour and, as alpha, a mark. Of 8 bits these are levels: the alpha of an unknown
 * texel, from FAINT on that of one that was filled in, from twice FAINT on the weight of a visible one. Floats are the alpha of an
 * unknown texel, its negative once it was filled in, and 2 more than that of a visible one. A word of a tile counts its unknown texels;
 * SETTLED: none, in either scratch texture. Preamble: TILE, RINGS, HEADER, FAINT, LEAST_WEIGHT, LEVELS (1: eight bits a channel).
 */
export const fillStateWgsl = /* wgsl */ `
const SETTLED = 0xffffffffu;

fn largestAlpha() -> f32 { return bitcast<f32>(atomicLoad(&state[2])); }
fn level(value: f32) -> u32 { return u32(floor(value * 255.0 + 0.5)); }
// In units of levels or of 1, as it was read: NaN and what is less than half a level of 16 bits is 0.
fn alphaOf(texel: vec4f) -> f32 {
  if (LEVELS == 1u) { return f32(level(texel.a)); }
  let isNumber = (bitcast<u32>(texel.a) & 0x7fffffffu) <= 0x7f800000u;
  let alpha = clamp(select(0.0, texel.a, isNumber), 0.0, 1.0);
  return select(0.0, alpha, alpha >= 0.5 / 65535.0);
}
fn isNegative(value: f32) -> bool { return (bitcast<u32>(value) >> 31u) == 1u; }
fn isUnknown(mark: f32) -> bool {
  if (LEVELS == 1u) { return level(mark) < FAINT; }
  return mark < 1.5 && !isNegative(mark);
}
fn isVisible(mark: f32) -> bool {
  if (LEVELS == 1u) { return level(mark) >= 2u * FAINT; }
  return mark > 1.5;
}
// Of a texel that is not visible.
fn ownAlpha(mark: f32) -> f32 {
  if (LEVELS == 1u) { return f32(level(mark) % FAINT); }
  return abs(mark);
}
fn visibleMark(alpha: f32) -> f32 {
  if (LEVELS == 1u) { return max(alpha, f32(LEAST_WEIGHT)) / 255.0; }
  return alpha + 2.0;
}
fn unknownMark(alpha: f32) -> f32 { return select(alpha, alpha / 255.0, LEVELS == 1u); }
fn filledMark(unknown: f32) -> f32 {
  if (LEVELS == 1u) { return f32(level(unknown) + FAINT) / 255.0; }
  return bitcast<f32>(bitcast<u32>(unknown) | 0x80000000u);
}
// Visible texels and those of an earlier ring never come together.
fn weightOf(mark: f32) -> f32 {
  if (!isVisible(mark)) { return 1.0; }
  if (LEVELS == 1u) { return f32(level(mark)); }
  return max(mark - 2.0, f32(LEAST_WEIGHT) / 255.0);
}

fn tilesOf(size: vec2u) -> vec2u { return (size + TILE - 1u) / TILE; }
fn texelsOf(tile: vec2u, size: vec2u) -> u32 {
  let sides = min(vec2u(TILE), size - tile * TILE);
  return sides.x * sides.y;
}`;

/** Finds the largest alpha: the bits of floats that are not negative are in their order. */
export const fillMeasureWgsl = /* wgsl */ `
var<workgroup> most: atomic<u32>;

@compute @workgroup_size(TILE, TILE)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let size = textureDimensions(picture);
  let tiles = tilesOf(size);
  for (var i = group.x; i < tiles.x * tiles.y; i += groups.x) {
    let at = vec2u(i % tiles.x, i / tiles.x) * TILE + local.xy;
    if (all(at < size)) { atomicMax(&most, bitcast<u32>(alphaOf(textureLoad(picture, at, 0)))); }
  }
  workgroupBarrier();
  if (index == 0u) { atomicMax(&state[2], atomicLoad(&most)); }
}`;

/**
 * Marks the picture's texels in both scratch textures. Values become what they are on reading: clamped to 0..LARGEST_COLOR, NaN 0, of eight
 * bits rounded to levels. Preamble: LARGEST_COLOR, UNPREMULTIPLY (1: colours are multiplied by alpha).
 */
export const fillSeedWgsl = /* wgsl */ `
// Half a level of 16 bits, so that nothing is divided by 0.
const LEAST = 0.5 / 65535.0;
var<workgroup> unknown: atomic<u32>;

@compute @workgroup_size(TILE, TILE)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let size = textureDimensions(picture);
  let tiles = tilesOf(size);
  for (var i = group.x; i < tiles.x * tiles.y; i += groups.x) {
    if (index == 0u) { atomicStore(&unknown, 0u); }
    workgroupBarrier();
    let at = vec2u(i % tiles.x, i / tiles.x) * TILE + local.xy;
    if (all(at < size)) {
      let texel = textureLoad(picture, at, 0);
      let alpha = alphaOf(texel);
      let most = largestAlpha();
      // Eight bits hold no colour multiplied by a faint alpha: there only alpha 0 is filled in.
      let isLeft = UNPREMULTIPLY == 1u && LEVELS == 1u && alpha > 0.0;
      // Nothing can be filled in where nothing is visible.
      let isFaint = (alpha * f32(FAINT) < most && !isLeft) || most == 0.0;
      var color = texel.rgb;
      if (UNPREMULTIPLY == 1u) { color /= max(texel.a, LEAST); }
      let numbers = (bitcast<vec3u>(color) & vec3u(0x7fffffffu)) <= vec3u(0x7f800000u);
      color = clamp(select(vec3f(0), color, numbers), vec3f(0), vec3f(LARGEST_COLOR));
      if (LEVELS == 1u) { color = floor(color * 255.0 + 0.5) / 255.0; }
      let marked = vec4f(color, select(visibleMark(alpha), unknownMark(alpha), isFaint));
      textureStore(first, at, marked);
      textureStore(second, at, marked);
      if (isFaint) { atomicAdd(&unknown, 1u); }
    }
    workgroupBarrier();
    if (index == 0u) {
      let count = atomicLoad(&unknown);
      atomicStore(&state[HEADER + i], select(count, SETTLED, count == 0u));
      atomicAdd(&state[0], count);
      atomicAdd(&state[1], count);
    }
    workgroupBarrier();
  }
}`;

/**
 * Adds RINGS rings, from one scratch texture to the other. Tiles where nothing can happen are left out: they are alike in both.
 * Means of eight bits are rounded to levels.
 */
export const fillRingsWgsl = /* wgsl */ `
const SIDE = TILE + 2u * RINGS;
var<workgroup> texels: array<vec4f, SIDE * SIDE>;
var<workgroup> unknown: atomic<u32>;
var<workgroup> isIdle: bool;

fn isWhollyUnknown(tile: vec2u, tiles: vec2u, size: vec2u) -> bool {
  return atomicLoad(&state[HEADER + tile.y * tiles.x + tile.x]) == texelsOf(tile, size);
}

fn nothingToDo(tile: vec2u, tiles: vec2u, size: vec2u) -> bool {
  if (atomicLoad(&state[HEADER + tile.y * tiles.x + tile.x]) == SETTLED) { return true; }
  let most = min(tile + 1u, tiles - 1u);
  for (var y = max(tile.y, 1u) - 1u; y <= most.y; y++) {
    for (var x = max(tile.x, 1u) - 1u; x <= most.x; x++) {
      if (!isWhollyUnknown(vec2u(x, y), tiles, size)) { return false; }
    }
  }
  return true;
}

// The mean of the neighbours that are known, and a share of the texel's own colour; unknown as before where none is.
fn grown(own: vec4f, at: vec2u) -> vec4f {
  var sum = vec3f(0);
  var total = 0.0;
  let most = min(at + 1u, vec2u(SIDE - 1u));
  for (var y = max(at.y, 1u) - 1u; y <= most.y; y++) {
    for (var x = max(at.x, 1u) - 1u; x <= most.x; x++) {
      let texel = texels[y * SIDE + x];
      if (isUnknown(texel.a)) { continue; }
      let weight = weightOf(texel.a);
      total += weight;
      if (LEVELS == 1u) { sum += weight * floor(texel.rgb * 255.0 + 0.5); } else { sum += weight * texel.rgb; }
    }
  }
  if (total == 0.0) { return own; }
  let mark = filledMark(own.a);
  let share = f32(FAINT) * ownAlpha(own.a);
  let largest = largestAlpha();
  if (LEVELS == 1u) {
    // In integers, as a quotient that lies between two levels must round the same everywhere.
    let count = u32(total);
    let mean = (2u * vec3u(sum) + count) / (2u * count);
    let whole = u32(largest * largest);
    let kept = u32(share * share);
    let parts = vec3u(floor(own.rgb * 255.0 + 0.5)) * kept + mean * (whole - kept);
    return vec4f(vec3f((2u * parts + whole) / (2u * whole)) / 255.0, mark);
  }
  let kept = (share / largest) * (share / largest);
  return vec4f(own.rgb * kept + (sum / total) * (1.0 - kept), mark);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let size = textureDimensions(source);
  let tiles = tilesOf(size);
  if (index == 0u) {
    let left = atomicLoad(&state[0]);
    isIdle = left == 0u || left == size.x * size.y;
  }
  if (workgroupUniformLoad(&isIdle)) { return; }
  for (var i = group.x; i < tiles.x * tiles.y; i += groups.x) {
    let tile = vec2u(i % tiles.x, i / tiles.x);
    if (index == 0u) {
      isIdle = nothingToDo(tile, tiles, size);
      atomicStore(&unknown, 0u);
    }
    if (workgroupUniformLoad(&isIdle)) { continue; }
    let at = vec2i(tile * TILE + local.xy) - i32(RINGS);
    let isInside = all(at >= vec2i(0)) && all(at < vec2i(size));
    var mine = vec4f(0); // unknown
    if (isInside) { mine = textureLoad(source, at, 0); }
    for (var ring = 0u; ring < RINGS; ring++) {
      // Texels of one ring do not see each other.
      texels[index] = mine;
      workgroupBarrier();
      if (isInside && isUnknown(mine.a)) { mine = grown(mine, local.xy); }
      workgroupBarrier();
    }
    if (isInside && all(local.xy >= vec2u(RINGS)) && all(local.xy < vec2u(RINGS + TILE))) {
      textureStore(target_, at, mine);
      if (isUnknown(mine.a)) { atomicAdd(&unknown, 1u); }
    }
    workgroupBarrier();
    if (index == 0u) {
      let left = atomicLoad(&unknown);
      let before = atomicLoad(&state[HEADER + i]);
      atomicSub(&state[0], before - left);
      // What was whole before is now alike in both textures.
      atomicStore(&state[HEADER + i], select(left, SETTLED, before == 0u));
    }
  }
}`;

/** Stores the colours found under faint texels. Preamble: PREMULTIPLY (1: those whose alpha is not 0 are multiplied by it). */
export const fillStoreWgsl = /* wgsl */ `
@compute @workgroup_size(TILE, TILE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (atomicLoad(&state[1]) == 0u || any(id.xy >= textureDimensions(first))) { return; }
  let earlier = textureLoad(first, id.xy, 0);
  if (isVisible(earlier.a)) { return; }
  let later = textureLoad(second, id.xy, 0);
  let found = select(earlier, later, isUnknown(earlier.a));
  if (isUnknown(found.a)) { return; }
  let alpha = select(ownAlpha(found.a), ownAlpha(found.a) / 255.0, LEVELS == 1u);
  let color = select(found.rgb, found.rgb * alpha, PREMULTIPLY == 1u && alpha > 0.0);
  textureStore(target_, id.xy, vec4f(color, alpha));
}`;
