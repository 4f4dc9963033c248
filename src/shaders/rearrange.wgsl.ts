// Operations that only move values: pixel shuffle and unshuffle, nearest upsampling. One invocation writes one block of one
// output pixel.
// Preamble: FACTOR, CHANNELS (of the output), PYTORCH_ORDER (1: channel = c*r*r + i*r + j, 0: channel = (i*r + j)*C + c); of the shuffle
// CUT, the pixels that are left out before the first.

export const pixelShuffleWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let at = id.xy + CUT;
  let phase = (at.y % FACTOR) * FACTOR + at.x % FACTOR;
  var values = vec4f(0);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = id.z * 4u + lane;
    if (channel >= CHANNELS) { break; }
    let channelIn = select(phase * CHANNELS + channel, channel * FACTOR * FACTOR + phase, PYTORCH_ORDER == 1u);
    values[lane] = toFloats(source0[blockIndex(channelIn / 4u, at / FACTOR, planes.src)])[channelIn % 4u];
  }
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(values);
}`;

export const pixelUnshuffleWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let phases = FACTOR * FACTOR;
  let inChannels = CHANNELS / phases;
  var values = vec4f(0);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = id.z * 4u + lane;
    if (channel >= CHANNELS) { break; }
    let channelIn = select(channel % inChannels, channel / phases, PYTORCH_ORDER == 1u);
    let phase = select(channel / inChannels, channel % phases, PYTORCH_ORDER == 1u);
    let position = id.xy * FACTOR + vec2u(phase % FACTOR, phase / FACTOR);
    values[lane] = toFloats(source0[blockIndex(channelIn / 4u, position, planes.src)])[channelIn % 4u];
  }
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(values);
}`;

export const upsampleNearestWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  dst[blockIndex(id.z, id.xy, planes.dst)] = source0[blockIndex(id.z, id.xy / FACTOR, planes.src)];
}`;
