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
}

/** `main` from its first pixel x0, y0 on, of STEP output pixels each; invocations wholly outside the picture end there. */
export function mainWgsl({ workgroupX, workgroupY, subgroup, pixelsX, pixelsY }: KernelHead, body: string): string {
  return `
@compute @workgroup_size(${workgroupX}, ${workgroupY})${subgroup ? ` @subgroup_size(${subgroup})` : ""}
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let x0 = (group.x * ${workgroupX}u + local.x) * ${pixelsX}u;
  let y0 = (group.y * ${workgroupY}u + local.y) * ${pixelsY}u;
  if (x0 * STEP >= planes.dst.width || y0 * STEP >= planes.dst.height) { return; }
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

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The component of a block that holds channel `k` of its four. */
export function lane(k: number): string {
  return "xyzw"[k]!;
}

/**
 * One loop a source over its channel blocks; `body` reads them at `at` and their weights, `weightsPerBlock` of them, from `w`
 * on. In f16 the sums go through `chunk`, `close`: sums of two channel blocks at a time, added up in f32.
 */
export function sourceLoops(
  sources: readonly number[],
  weightsPerBlock: number,
  body: (source: string) => string,
  chunk?: { readonly open: string; readonly close: string },
): string {
  const inBlocks = sum(sources);
  return each(sources.length, (index) => {
    const blocks = sources[index]!;
    const first = sum(sources.slice(0, index));
    const inner = (i: string) => `    let at = corner + ${i} * planes.src.size;
    let w = (group.z * ${inBlocks}u + ${first}u + ${i}) * ${weightsPerBlock}u;
${body(`source${index}`)}`;
    if (!chunk) {
      return `
  for (var i = 0u; i < ${blocks}u; i++) {
${inner("i")}
  }`;
    }
    const step = blocks % 2 === 0 ? 2 : 1;
    return `
  for (var c = 0u; c < ${blocks}u; c += ${step}u) {
${chunk.open}
    for (var i = 0u; i < ${step}u; i++) {
${inner("(c + i)")}
    }
${chunk.close}
  }`;
  });
}
