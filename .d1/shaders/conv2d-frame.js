// Owns where an invocation of a convolution kernel begins, and how its results are handed to the epilogue (conv2d.wgsl.ts). With
// folded upsampling both depend on the phase of the output pixels, of which there are four along z.
export function convFrame(shape) {
    const { channelBlocks, folded, reach } = shape;
    const origin = `planes.src.origin - ${reach}u * pitch - ${reach}u`;
    if (!folded) {
        return {
            block0: `  let block0 = group.z * ${channelBlocks}u;`,
            origin,
            emit: (block, x, y, value) => `  emit(block0 + ${block}, x0 + ${x}, y0 + ${y}, ${value});`,
        };
    }
    return {
        block0: `  let block0 = group.z / 4u * ${channelBlocks}u;
  let phase = vec2u(group.z % 2u, group.z / 2u % 2u);`,
        // Phase (i, j) of a folded kernel reads rows y - 1 + i and y + i of the small picture.
        origin: `${origin} + phase.y * pitch + phase.x`,
        emit: (block, x, y, value) => `  emit(block0 + ${block}, (x0 + ${x}) * 2u + phase.x, (y0 + ${y}) * 2u + phase.y, ${value});`,
    };
}
