// Operations on one pixel at a time: activations and scaled addition. One invocation writes one block of one pixel.
// Preamble: ALPHA (scaledAdd); a text of activation.wgsl.ts (activate).

export const activateWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(activate(x, slopesOf(id.z)));
}`;

/** It selects, since max and min may lose a NaN. */
export const preluWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(select(slopes[id.z] * x, x, x > vec4f(0)));
}`;

export const scaledAddWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  let y = toFloats(source1[blockIndex(id.z, id.xy, planes.residual0)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(ALPHA * x + y);
}`;
