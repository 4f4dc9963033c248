// Convolution, the simplest kernel: the oracle of the others, for any kernel size, upsampling and number of sources.
// One invocation computes one channel block of one output pixel.
// Preamble: KERNEL, UPSAMPLE, PAD. planes.src.aux0 to aux2 are the sources' numbers of channel blocks, 0 for none.

/** `fetch` for one, two or three sources. */
export const CONV_FETCH_WGSL = [
  /* wgsl */ `
fn fetch(inBlock: u32, index: u32) -> vec4f { return toFloats(source0[index]); }`,
  /* wgsl */ `
fn fetch(inBlock: u32, index: u32) -> vec4f {
  if (inBlock < planes.src.aux0) { return toFloats(source0[index]); }
  return toFloats(source1[index - planes.src.aux0 * planes.src.size]);
}`,
  /* wgsl */ `
fn fetch(inBlock: u32, index: u32) -> vec4f {
  if (inBlock < planes.src.aux0) { return toFloats(source0[index]); }
  if (inBlock < planes.src.aux0 + planes.src.aux1) { return toFloats(source1[index - planes.src.aux0 * planes.src.size]); }
  return toFloats(source2[index - (planes.src.aux0 + planes.src.aux1) * planes.src.size]);
}`,
] as const;

export const convPlainWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x * SHUFFLE >= planes.dst.width || id.y * SHUFFLE >= planes.dst.height) { return; }
  var sum = affine[id.z];
  // Mesa unrolls loops whose counts it knows, which spills from 9x9 on.
  let columns = KERNEL * select(1u, min(planes.dst.width, 1u), KERNEL > 5u);
  let inBlocks = planes.src.aux0 + planes.src.aux1 + planes.src.aux2;
  for (var inBlock = 0u; inBlock < inBlocks; inBlock++) {
    let weightBase = (id.z * inBlocks + inBlock) * KERNEL * KERNEL * 4u;
    for (var ky = 0u; ky < KERNEL; ky++) {
      // Division rounds towards zero, so it is done PAD whole source pixels away from the border.
      let row = (id.y + ky + PAD * UPSAMPLE - KERNEL / 2u) / UPSAMPLE;
      for (var kx = 0u; kx < columns; kx++) {
        let column = (id.x + kx + PAD * UPSAMPLE - KERNEL / 2u) / UPSAMPLE;
        let corner = planes.src.origin - PAD * planes.src.pitch - PAD;
        let x = fetch(inBlock, inBlock * planes.src.size + corner + row * planes.src.pitch + column);
        let w = weightBase + (ky * KERNEL + kx) * 4u;
        sum += toFloats(weights[w]) * x.x + toFloats(weights[w + 1u]) * x.y;
        sum += toFloats(weights[w + 2u]) * x.z + toFloats(weights[w + 3u]) * x.w;
      }
    }
  }
  emit(id.z, id.x, id.y, sum);
}`;
