// Owns the small pieces of text that the generated kernels are made of.

/** What a generated kernel says of itself before its body. */
export interface KernelHead {
  readonly workgroupX: number;
  readonly workgroupY: number;
  /** Pins subgroups to this size (features "subgroups" and "subgroup-size-control"). */
  readonly subgroup: number | undefined;
  /** Pixels of the convolution one invocation computes. */
  readonly pixelsX: number;
  readonly pixelsY: number;
  /**
   * Gives `lane`, the invocation's place among as many that share weights, and `column`, its place in a row of the workgroup, which must be
   * lanes of one subgroup; then none may end before the others. Workgroups then count channels along x, so that those of the same pixels
   * follow one another, and a CPU's caches hold what they read.
   */
  readonly lanes?: number;
  /** Whether an invocation's pixels lie a workgroup's width apart along x, see DirectShape.columns. */
  readonly isSpread?: boolean;
}

/** `main` from its first pixel x0, y0 on, of STEP output pixels each; invocations wholly outside the picture end there, unless others need them. */
export function mainWgsl(head: KernelHead, body: string): string {
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
  let x0 = ${head.isSpread ? `group.x * ${workgroupX * pixelsX}u + column` : `(group.x * ${workgroupX}u + column) * ${pixelsX}u`};
  let y0 = (group.y * ${workgroupY}u + local.y) * ${pixelsY}u;${end}
  let pitch = planes.src.pitch;
${body}
}`;
}

// More shapes than networks have; their texts are tens of kilobytes each.
const MAX_TEXTS = 64;

/** `generate` that makes the text of equal shapes once: a network has hundreds of convolutions, and a dozen shapes of them. */
export function madeOnce<Shape>(generate: (shape: Shape) => string): (shape: Shape) => string {
  const texts = new Map<string, string>();
  return (shape) => {
    const key = JSON.stringify(shape);
    const found = texts.get(key);
    if (found !== undefined) return found;
    if (texts.size === MAX_TEXTS) texts.clear();
    const text = generate(shape);
    texts.set(key, text);
    return text;
  };
}

export function each(count: number, line: (index: number) => string, separator = "\n"): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(separator);
}

/** The component of a block that holds channel `k` of its four. */
export function lane(k: number): string {
  return "xyzw"[k]!;
}

/** The numbers of channel blocks of the concatenated inputs: as literals, or read from the uniform `planes.src`. */
export interface SourceCounts {
  readonly count: number;
  readonly blocks: (index: number) => string;
  readonly total: string;
}

/** Literals let GPU compilers do without a guard in the loop. */
export function literalCounts(sources: readonly number[]): SourceCounts {
  const total = sources.reduce((sum, blocks) => sum + blocks, 0);
  return { count: sources.length, blocks: (index) => `${sources[index]}u`, total: `${total}u` };
}

/** Uniforms let convolutions of different channel counts share a pipeline. */
export function uniformCounts(count: number): SourceCounts {
  const blocks = (index: number) => `planes.src.aux${index}`;
  return { count, blocks, total: `(${each(count, blocks, " + ")})` };
}

export interface SourceLoopOptions {
  readonly chunk?: SumChunk | undefined;
  readonly weightGroup?: string;
}

/** Sums of a few channel blocks at a time: they start with `open` and are added up by `close`. */
export interface SumChunk {
  readonly blocks: number;
  /** Whether every source is a whole number of chunks. */
  readonly isWhole: boolean;
  readonly open: string;
  readonly close: string;
}

/**
 * One loop a source over its channel blocks; `body` reads them at `at` and their weights, `weightsPerBlock` of them, from `w`
 * on, which are those of the group of output channels that `weightGroup` numbers.
 */
export function sourceLoops(
  sources: SourceCounts,
  weightsPerBlock: number,
  body: (source: string) => string,
  { chunk, weightGroup = "group.z" }: SourceLoopOptions = {},
): string {
  // Mesa unrolls a loop of one trip, takes the loop in it for less deep than those of other sources, and spills what it uses.
  const isOneTrip = (blocks: string) => chunk !== undefined && sources.count > 1 && blocks === `${chunk.blocks}u`;
  const outer = (index: number) =>
    isOneTrip(sources.blocks(index)) ? uniformCounts(sources.count).blocks(index) : sources.blocks(index);
  return each(sources.count, (index) => {
    const blocks = sources.blocks(index);
    const before = each(index, (earlier) => `${sources.blocks(earlier)} + `, "");
    const inner = (i: string) => `    let at = corner + ${i} * planes.src.size;
    let w = (${weightGroup} * ${sources.total} + ${before}${i}) * ${weightsPerBlock}u;
${body(`source${index}`)}`;
    if (!chunk) {
      return `
  for (var i = 0u; i < ${blocks}; i++) {
${inner("i")}
  }`;
    }
    return `
  for (var c = 0u; c < ${outer(index)}; c += ${chunk.blocks}u) {
${chunk.open}
    for (var i = 0u; i < ${chunk.isWhole ? `${chunk.blocks}u` : `min(${chunk.blocks}u, ${blocks} - c)`}; i++) {
${inner("(c + i)")}
    }
${chunk.close}
  }`;
  });
}
