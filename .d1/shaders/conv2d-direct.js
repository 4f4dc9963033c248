// Convolution, register-tiled: one invocation computes PX x PY pixels of CB channel blocks and keeps the sums in registers.
// Weights are indexed by workgroup and loop counters alone, so that they can come through scalar loads. No workgroup
// memory, no bounds tests inside the loop. Owns the generated loops; the epilogue is conv2d.wgsl.ts.
import { convFrame } from "./conv2d-frame.js";
import { each, lane, literalCounts, mainWgsl, sourceLoops, uniformCounts } from "./unroll.js";
export function convDirectWgsl(shape) {
    const { channelBlocks, upsample, rows } = shape;
    const { block0, origin, emit } = convFrame({ ...shape, reach: reach(shape) });
    return mainWgsl(shape, `${block0}
  let corner = ${origin} + (y0 / ${upsample}u) * pitch + x0 / ${upsample}u;
${each(channelBlocks, (c) => `  let bias${c} = affine[block0 + ${c}u];`)}
${eachSum(shape, (name, _x, _y, c) => `  var ${name} = bias${c};`)}
${rows === "unrolled" ? unrolledLoops(shape) : loopedLoops(shape)}
${eachSum(shape, (name, x, y, c) => emit(`${c}u`, `${x}u`, `${y}u`, name))}`);
}
/** One loop a source; its body passes once over the source rows, each used by every output row that meets it. */
function unrolledLoops(shape) {
    const { kernel, pixelsX, pixelsY, channelBlocks, math } = shape;
    const half = math === "f16";
    const uses = new Map();
    for (let y = 0; y < pixelsY; y++) {
        for (let ky = 0; ky < kernel; ky++) {
            const row = sourceOffset(shape, y + ky);
            uses.set(row, [...(uses.get(row) ?? []), { y, ky }]);
        }
    }
    const rows = [...uses].sort(([a], [b]) => a - b);
    const rowWeights = kernel * 4 * channelBlocks;
    const columns = sourceOffset(shape, pixelsX - 1 + kernel - 1) + 1;
    const body = (source) => rows
        .map(([row, users]) => {
        const loads = each(columns, (x) => `      let v${x} = toMath(${source}[at + ${row}u * pitch + ${x}u]);`);
        // Kernel rows in order: the weights of one are dead after the next row, and so few enough for scalar registers.
        const sums = [...users]
            .sort((a, b) => a.ky - b.ky)
            .map(({ y, ky }) => eachTap(shape, (kx, k, c, index) => {
            const lines = each(pixelsX, (x) => multiplyAdd(half ? "h" : "s", x, y, c, `v${sourceOffset(shape, x + kx)}`, k), " ");
            return `      { let q = toMath(weights[w + ${ky * rowWeights + index}u]); ${lines} }`;
        }));
        return `    {\n${loads}\n${sums.join("\n")}\n    }`;
    })
        .join("\n");
    const chunk = {
        open: eachSum(shape, (name) => `    var h${name.slice(1)} = Math(0);`),
        close: eachSum(shape, (name) => `    ${name} += vec4f(h${name.slice(1)});`),
    };
    return sourceLoops(literalCounts(shape.sources), rowWeights * kernel, body, { chunk: half ? chunk : undefined });
}
/** One loop a source, in it one over kernel rows; each weight serves all output rows. */
function loopedLoops(shape) {
    const { kernel, upsample, pixelsX, pixelsY, channelBlocks, folded } = shape;
    const columns = sourceOffset(shape, pixelsX - 1 + kernel - 1) + 1;
    const rowWeights = kernel * 4 * channelBlocks;
    // Rounded down as if from whole source pixels above, so that it never goes below zero.
    const lift = folded ? 0 : reach(shape) * upsample - (kernel - 1) / 2;
    const body = (source) => `    for (var ky = 0u; ky < ${kernel}u; ky++) {
      let wy = w + ky * ${rowWeights}u;
${each(pixelsY, (y) => `      let at${y} = at + (ky + ${y + lift}u) / ${upsample}u * pitch;
${each(columns, (x) => `      let v${y}${x} = toMath(${source}[at${y} + ${x}u]);`)}`)}
${eachTap(shape, (kx, k, c, index) => {
        const lines = each(pixelsY, (y) => each(pixelsX, (x) => multiplyAdd("s", x, y, c, `v${y}${sourceOffset(shape, x + kx)}`, k), " "), " ");
        return `      { let q = toMath(weights[wy + ${index}u]); ${lines} }`;
    })}
    }`;
    return sourceLoops(uniformCounts(shape.sources.length), rowWeights * kernel, body);
}
/** Source pixels that the kernel reads beyond its first one, above and to the left. */
function reach({ kernel, upsample, folded }) {
    return folded ? 1 : Math.ceil((kernel - 1) / 2 / upsample);
}
/** The loaded row or column, counted from the first, for output `o` and tap `k`, given `position` = o + k. */
function sourceOffset(shape, position) {
    if (shape.folded)
        return position;
    const radius = (shape.kernel - 1) / 2;
    return Math.floor((position - radius) / shape.upsample) + reach(shape);
}
/**
 * The weights of one kernel row in the order they are packed. Channels of a block innermost: that order lets RDNA3 issue two
 * multiply-adds at once (0.513 slots each on navi31, 0.577 with blocks innermost).
 */
function eachTap({ kernel, channelBlocks }, line) {
    return each(kernel, (kx) => each(channelBlocks, (c) => each(4, (k) => line(kx, k, c, (kx * channelBlocks + c) * 4 + k))));
}
function multiplyAdd(prefix, x, y, c, value, k) {
    return `${prefix}${y}${x}_${c} += q * ${value}.${lane(k)};`;
}
function eachSum({ pixelsX, pixelsY, channelBlocks }, line) {
    return each(pixelsY, (y) => each(pixelsX, (x) => each(channelBlocks, (c) => line(`s${y}${x}_${c}`, x, y, c))));
}
