/** `fetch` for one, two or three sources. */
export declare const CONV_FETCH_WGSL: readonly [`
fn fetch(inBlock: u32, index: u32) -> vec4f { return toFloats(source0[index]); }`, `
fn fetch(inBlock: u32, index: u32) -> vec4f {
  if (inBlock < planes.src.aux0) { return toFloats(source0[index]); }
  return toFloats(source1[index - planes.src.aux0 * planes.src.size]);
}`, `
fn fetch(inBlock: u32, index: u32) -> vec4f {
  if (inBlock < planes.src.aux0) { return toFloats(source0[index]); }
  if (inBlock < planes.src.aux0 + planes.src.aux1) { return toFloats(source1[index - planes.src.aux0 * planes.src.size]); }
  return toFloats(source2[index - (planes.src.aux0 + planes.src.aux1) * planes.src.size]);
}`];
export declare const convPlainWgsl = "\n@compute @workgroup_size(16, 4)\nfn main(@builtin(global_invocation_id) id: vec3u) {\n  if (id.x * SHUFFLE >= planes.dst.width || id.y * SHUFFLE >= planes.dst.height) { return; }\n  var sum = affine[id.z];\n  let inBlocks = planes.src.aux0 + planes.src.aux1 + planes.src.aux2;\n  for (var inBlock = 0u; inBlock < inBlocks; inBlock++) {\n    let weightBase = (id.z * inBlocks + inBlock) * KERNEL * KERNEL * 4u;\n    for (var ky = 0u; ky < KERNEL; ky++) {\n      // Division rounds towards zero, so it is done PAD whole source pixels away from the border.\n      let row = (id.y + ky + PAD * UPSAMPLE - KERNEL / 2u) / UPSAMPLE;\n      for (var kx = 0u; kx < KERNEL; kx++) {\n        let column = (id.x + kx + PAD * UPSAMPLE - KERNEL / 2u) / UPSAMPLE;\n        let corner = planes.src.origin - PAD * planes.src.pitch - PAD;\n        let x = fetch(inBlock, inBlock * planes.src.size + corner + row * planes.src.pitch + column);\n        let w = weightBase + (ky * KERNEL + kx) * 4u;\n        sum += toFloats(weights[w]) * x.x + toFloats(weights[w + 1u]) * x.y;\n        sum += toFloats(weights[w + 2u]) * x.z + toFloats(weights[w + 3u]) * x.w;\n      }\n    }\n  }\n  emit(id.z, id.x, id.y, sum);\n}";
