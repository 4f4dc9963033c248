// Owns the small pieces of text that the generated kernels are made of.
/** `main` from its first pixel x0, y0 on, of STEP output pixels each; invocations wholly outside the picture end there, unless others need them. */
export function mainWgsl(head, body) {
    const { workgroupX, workgroupY, subgroup, pixelsX, pixelsY, lanes } = head;
    const group = lanes ? "groupId.yzx" : "groupId";
    const column = lanes
        ? `  let lane = subgroupLane % ${lanes}u;\n  let column = subgroupLane % ${workgroupX}u;`
        : "  let column = local.x;";
    const end = lanes ? "" : "\n  if (x0 * STEP >= planes.dst.width || y0 * STEP >= planes.dst.height) { return; }";
    const builtin = lanes ? ", @builtin(subgroup_invocation_id) subgroupLane: u32" : "";
    return `
@compute @workgroup_size(${workgroupX}, ${workgroupY})${subgroup ? ` @subgroup_size(${subgroup})` : ""}
fn main(@builtin(workgroup_id) groupId: vec3u, @builtin(local_invocation_id) local: vec3u${builtin}) {
  let group = ${group};
${column}
  let x0 = (group.x * ${workgroupX}u + column) * ${pixelsX}u;
  let y0 = (group.y * ${workgroupY}u + local.y) * ${pixelsY}u;${end}
  let pitch = planes.src.pitch;
${body}
}`;
}
// More shapes than networks have; their texts are tens of kilobytes each.
const MAX_TEXTS = 64;
/** `generate` that makes the text of equal shapes once: a network has hundreds of convolutions, and a dozen shapes of them. */
export function madeOnce(generate) {
    const texts = new Map();
    return (shape) => {
        const key = JSON.stringify(shape);
        const found = texts.get(key);
        if (found !== undefined)
            return found;
        if (texts.size === MAX_TEXTS)
            texts.clear();
        const text = generate(shape);
        texts.set(key, text);
        return text;
    };
}
export function each(count, line, separator = "\n") {
    return Array.from({ length: count }, (_, index) => line(index)).join(separator);
}
/** The component of a block that holds channel `k` of its four. */
export function lane(k) {
    return "xyzw"[k];
}
/** Literals let GPU compilers do without a guard in the loop. */
export function literalCounts(sources) {
    const total = sources.reduce((sum, blocks) => sum + blocks, 0);
    const chunk = sources.every((blocks) => blocks % 2 === 0) ? 2 : 1;
    return { count: sources.length, blocks: (index) => `${sources[index]}u`, total: `${total}u`, chunk };
}
/** Uniforms let convolutions of different channel counts share a pipeline. */
export function uniformCounts(count) {
    const blocks = (index) => `planes.src.aux${index}`;
    return { count, blocks, total: `(${each(count, blocks, " + ")})`, chunk: 1 };
}
/**
 * One loop a source over its channel blocks; `body` reads them at `at` and their weights, `weightsPerBlock` of them, from `w`
 * on, which are those of the group of output channels that `weightGroup` numbers. With `chunk` the sums of a few channel blocks at a
 * time start with `open` and are added up by `close`.
 */
export function sourceLoops(sources, weightsPerBlock, body, { chunk, weightGroup = "group.z" } = {}) {
    return each(sources.count, (index) => {
        const blocks = sources.blocks(index);
        const before = each(index, (earlier) => `${sources.blocks(earlier)} + `, "");
        const inner = (i) => `    let at = corner + ${i} * planes.src.size;
    let w = (${weightGroup} * ${sources.total} + ${before}${i}) * ${weightsPerBlock}u;
${body(`source${index}`)}`;
        if (!chunk) {
            return `
  for (var i = 0u; i < ${blocks}; i++) {
${inner("i")}
  }`;
        }
        return `
  for (var c = 0u; c < ${blocks}; c += ${sources.chunk}u) {
${chunk.open}
    for (var i = 0u; i < ${sources.chunk}u; i++) {
${inner("(c + i)")}
    }
${chunk.close}
  }`;
    });
}
