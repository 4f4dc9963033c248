// Separable resizing from tables of taps: output i is the sum of weights[i * count + k] * input[start[i] + k].
// One invocation writes one block of one output pixel. planes.dst.aux0 and aux1 are the counts across and down.
export const resizeWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let countX = planes.dst.aux0;
  let countY = planes.dst.aux1;
  let left = u32(startX[id.x]);
  let top = u32(startY[id.y]);
  var sum = vec4f(0);
  for (var ky = 0u; ky < countY; ky++) {
    var across = vec4f(0);
    for (var kx = 0u; kx < countX; kx++) {
      let x = toFloats(source0[blockIndex(id.z, vec2u(left + kx, top + ky), planes.src)]);
      across += weightsX[id.x * countX + kx] * x;
    }
    sum += weightsY[id.y * countY + ky] * across;
  }
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(sum);
}`;
