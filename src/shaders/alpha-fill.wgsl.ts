// Colours under fully transparent texels, grown from the visible ones ring by ring, as picture/alpha-fill.ts does it on the CPU. Three
// kernels: one marks what is visible, one adds some rings and runs as often as it takes, one stores what they found.

/** Texels of a tile's side: a workgroup takes one tile after another. */
export const FILL_TILE = 8;

/** Rings that one dispatch adds: a tile is computed with a border as wide, an invocation a texel, so both must make a workgroup. */
export const FILL_RINGS = 4;

/** Words of the state before those of the tiles: how many texels are unknown, and how many were at first. */
export const FILL_HEADER_WORDS = 2;

/**
 * What the kernels share. Scratch texels hold their colour and, as alpha, what is known of it: 0 nothing, FILLED, 1 visible. A word of
 * a tile counts its unknown texels; SETTLED: none, in either scratch texture. Preamble: TILE, RINGS, HEADER.
 */
export const fillStateWgsl = /* wgsl */ `
const FILLED = 0.5;
const SETTLED = 0xffffffffu;

fn tilesOf(size: vec2u) -> vec2u { return (size + TILE - 1u) / TILE; }
fn texelsOf(tile: vec2u, size: vec2u) -> u32 {
  let sides = min(vec2u(TILE), size - tile * TILE);
  return sides.x * sides.y;
}`;

/**
 * Marks the picture's texels in both scratch textures. Values become what they are on reading: clamped to 0..1, NaN 0, of eight bits
 * rounded to levels. Preamble: UNPREMULTIPLY (1: colours are multiplied by alpha), LEVELS (1: eight bits a channel).
 */
export const fillSeedWgsl = /* wgsl */ `
// Half a level of 16 bits: less is transparent.
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
      let isVisible = texel.a >= LEAST;
      var color = texel.rgb;
      if (UNPREMULTIPLY == 1u) { color /= max(texel.a, LEAST); }
      let numbers = (bitcast<vec3u>(color) & vec3u(0x7fffffffu)) <= vec3u(0x7f800000u);
      color = clamp(select(vec3f(0), color, numbers), vec3f(0), vec3f(1));
      if (LEVELS == 1u) { color = floor(color * 255.0 + 0.5) / 255.0; }
      let marked = vec4f(color, select(0.0, 1.0, isVisible));
      textureStore(first, at, marked);
      textureStore(second, at, marked);
      if (!isVisible) { atomicAdd(&unknown, 1u); }
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
 * Preamble: LEVELS (1: means are rounded to levels of eight bits).
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

// The mean of the neighbours that are known; alpha 0 where none is.
fn meanAround(at: vec2u) -> vec4f {
  var sum = vec3f(0);
  var known = 0u;
  let most = min(at + 1u, vec2u(SIDE - 1u));
  for (var y = max(at.y, 1u) - 1u; y <= most.y; y++) {
    for (var x = max(at.x, 1u) - 1u; x <= most.x; x++) {
      let texel = texels[y * SIDE + x];
      if (texel.a == 0.0) { continue; }
      known++;
      if (LEVELS == 1u) { sum += floor(texel.rgb * 255.0 + 0.5); } else { sum += texel.rgb; }
    }
  }
  if (known == 0u) { return vec4f(0); }
  // In integers, as a quotient that lies between two levels must round the same everywhere.
  if (LEVELS == 1u) { return vec4f(vec3f((2u * vec3u(sum) + known) / (2u * known)) / 255.0, FILLED); }
  return vec4f(sum / f32(known), FILLED);
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
    var mine = vec4f(0);
    if (isInside) { mine = textureLoad(source, at, 0); }
    for (var ring = 0u; ring < RINGS; ring++) {
      // Texels of one ring do not see each other.
      texels[index] = mine;
      workgroupBarrier();
      if (isInside && mine.a == 0.0) { mine = meanAround(local.xy); }
      workgroupBarrier();
    }
    if (isInside && all(local.xy >= vec2u(RINGS)) && all(local.xy < vec2u(RINGS + TILE))) {
      textureStore(target_, at, mine);
      if (mine.a == 0.0) { atomicAdd(&unknown, 1u); }
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

/** Stores the colours found under transparent texels, whose alpha is 0. */
export const fillStoreWgsl = /* wgsl */ `
@compute @workgroup_size(TILE, TILE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (atomicLoad(&state[1]) == 0u || any(id.xy >= textureDimensions(first))) { return; }
  let earlier = textureLoad(first, id.xy, 0);
  if (earlier.a == 1.0) { return; }
  let later = textureLoad(second, id.xy, 0);
  let found = select(earlier, later, later.a > 0.0);
  if (found.a > 0.0) { textureStore(target_, id.xy, vec4f(found.rgb, 0)); }
}`;
