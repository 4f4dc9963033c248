// Operations on one pixel at a time: activations and scaled addition. One invocation writes one block of one pixel.
// Preamble: SLOPE (leakyRelu), ALPHA (scaledAdd).

export const leakyReluWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(max(x, vec4f(0)) + SLOPE * min(x, vec4f(0)));
}`;

export const preluWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(max(x, vec4f(0)) + slopes[id.z] * min(x, vec4f(0)));
}`;

export const scaledAddWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  let y = toFloats(source1[blockIndex(id.z, id.xy, planes.residual0)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(ALPHA * x + y);
}`;
