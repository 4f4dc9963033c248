// Convolution, register-tiled: one invocation computes PX x PY pixels of CB channel blocks and keeps the sums in registers.
// Weights are indexed by workgroup and loop counters alone, so that they can come through scalar loads. No workgroup
// memory, no bounds tests inside the loop. Owns the generated loops; the epilogue is conv2d.wgsl.ts.

/** What the generated text depends on. `sources` are the numbers of channel blocks of the concatenated inputs. */
export interface DirectShape {
  readonly kernel: number;
  readonly upsample: number;
  readonly pixelsX: number;
  readonly pixelsY: number;
  readonly channelBlocks: number;
  readonly workgroupX: number;
  readonly workgroupY: number;
  /**
   * "unrolled": straight code over all taps, each input row loaded once for every output row it serves, one loop a source.
   * "looped": a loop over kernel rows and one over all sources, a third of the code and less: for compilers that are slow.
   */
  readonly rows: "unrolled" | "looped";
  readonly sources: readonly number[];
}

export function convDirectWgsl(shape: DirectShape): string {
  const { pixelsX, pixelsY, channelBlocks, workgroupX, workgroupY, upsample } = shape;
  const reach = Math.ceil((shape.kernel - 1) / 2 / upsample);
  return `
@compute @workgroup_size(${workgroupX}, ${workgroupY})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let x0 = (group.x * ${workgroupX}u + local.x) * ${pixelsX}u;
  let y0 = (group.y * ${workgroupY}u + local.y) * ${pixelsY}u;
  if (x0 * SHUFFLE >= planes.dst.width || y0 * SHUFFLE >= planes.dst.height) { return; }
  let block0 = group.z * ${channelBlocks}u;
  let pitch = planes.src.pitch;
  let corner = planes.src.origin - ${reach}u * pitch - ${reach}u + (y0 / ${upsample}u) * pitch + x0 / ${upsample}u;
${each(channelBlocks, (c) => `  let bias${c} = affine[block0 + ${c}u];`)}
${eachSum(shape, (name, _x, _y, c) => `  var ${name} = bias${c};`)}
${shape.rows === "unrolled" ? unrolledLoops(shape) : loopedLoop(shape)}
${eachSum(shape, (name, x, y, c) => `  emit(block0 + ${c}u, x0 + ${x}u, y0 + ${y}u, ${name});`)}
}`;
}

/** One loop a source; its body passes once over the source rows, each used by every output row that meets it. */
function unrolledLoops(shape: DirectShape): string {
  const { kernel, upsample, pixelsX, pixelsY, channelBlocks, sources } = shape;
  const uses = new Map<number, { y: number; ky: number }[]>();
  for (let y = 0; y < pixelsY; y++) {
    for (let ky = 0; ky < kernel; ky++) {
      const row = sourceOffset(y + ky, kernel, upsample);
      uses.set(row, [...(uses.get(row) ?? []), { y, ky }]);
    }
  }
  const rows = [...uses].sort(([a], [b]) => a - b);
  const rowWeights = kernel * 4 * channelBlocks;
  const columns = sourceOffset(pixelsX - 1 + kernel - 1, kernel, upsample) + 1;
  const body = (source: string) =>
    rows.map(([row, users]) => {
      const loads = each(columns, (x) => `      let v${x} = toFloats(${source}[at + ${row}u * pitch + ${x}u]);`);
      // Kernel rows in order: the weights of one are dead after the next row, and so few enough for scalar registers.
      const sums = [...users]
        .sort((a, b) => a.ky - b.ky)
        .map(({ y, ky }) =>
          eachTap(shape, (kx, k, c, index) => {
            const lines = each(
              pixelsX,
              (x) => multiplyAdd(x, y, c, `v${sourceOffset(x + kx, kernel, upsample)}`, k),
              " ",
            );
            return `      { let q = toFloats(weights[w + ${ky * rowWeights + index}u]); ${lines} }`;
          }),
        );
      return `    {\n${loads}\n${sums.join("\n")}\n    }`;
    });
  const inBlocks = sum(sources);
  return each(sources.length, (index) => {
    const first = sum(sources.slice(0, index));
    return `
  for (var i = 0u; i < ${sources[index]}u; i++) {
    let at = corner + i * planes.src.size;
    let w = (group.z * ${inBlocks}u + ${first}u + i) * ${rowWeights * kernel}u;
${body(`source${index}`).join("\n")}
  }`;
  });
}

/** One loop over the channel blocks of all sources, in it one over kernel rows; each weight serves all output rows. */
function loopedLoop(shape: DirectShape): string {
  const { kernel, upsample, pixelsX, pixelsY, channelBlocks, sources } = shape;
  const columns = sourceOffset(pixelsX - 1 + kernel - 1, kernel, upsample) + 1;
  const values = (line: (name: string, x: number, y: number) => string) =>
    each(pixelsY, (y) => each(columns, (x) => line(`v${y}${x}`, x, y)));
  const rowWeights = kernel * 4 * channelBlocks;
  const reach = Math.ceil((kernel - 1) / 2 / upsample);
  const loads = each(sources.length, (index) => {
    const first = sum(sources.slice(0, index));
    const load = values((name, x, y) => `        ${name} = toFloats(source${index}[at${y} + ${x}u]);`);
    return `      if (i >= ${first}u && i < ${first + sources[index]!}u) {
${each(pixelsY, (y) => `        let at${y} = corner + (i - ${first}u) * planes.src.size + row${y} * pitch;`)}
${load}
      }`;
  });
  // Rounded down as if from one source pixel above, so that it never goes below zero.
  const row = (y: number) => `(ky + ${y + reach * upsample - (kernel - 1) / 2}u) / ${upsample}u`;
  return `
  for (var i = 0u; i < ${sum(sources)}u; i++) {
    for (var ky = 0u; ky < ${kernel}u; ky++) {
      let w = ((group.z * ${sum(sources)}u + i) * ${kernel}u + ky) * ${rowWeights}u;
${each(pixelsY, (y) => `      let row${y} = ${row(y)};`)}
${values((name) => `      var ${name}: vec4f;`)}
${loads}
${eachTap(shape, (kx, k, c, index) => {
  const lines = each(
    pixelsY,
    (y) => each(pixelsX, (x) => multiplyAdd(x, y, c, `v${y}${sourceOffset(x + kx, kernel, upsample)}`, k), " "),
    " ",
  );
  return `      { let q = toFloats(weights[w + ${index}u]); ${lines} }`;
})}
    }
  }`;
}

/** The loaded row or column, counted from the first, that output `i` less tap `k` reads where `i + k` is given. */
function sourceOffset(position: number, kernel: number, upsample: number): number {
  const radius = (kernel - 1) / 2;
  return Math.floor((position - radius) / upsample) + Math.ceil(radius / upsample);
}

/** The weights of one kernel row in the order they are packed. */
function eachTap(
  { kernel, channelBlocks }: DirectShape,
  line: (kx: number, k: number, c: number, index: number) => string,
): string {
  return each(kernel, (kx) =>
    each(4, (k) => each(channelBlocks, (c) => line(kx, k, c, (kx * 4 + k) * channelBlocks + c))),
  );
}

function multiplyAdd(x: number, y: number, c: number, value: string, k: number): string {
  return `${sumName(x, y, c)} += q * ${value}.${"xyzw"[k]};`;
}

function eachSum(
  { pixelsX, pixelsY, channelBlocks }: DirectShape,
  line: (name: string, x: number, y: number, c: number) => string,
): string {
  return each(pixelsY, (y) => each(pixelsX, (x) => each(channelBlocks, (c) => line(sumName(x, y, c), x, y, c))));
}

function sumName(x: number, y: number, c: number): string {
  return `s${y}${x}_${c}`;
}

function each(count: number, line: (index: number) => string, separator = "\n"): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(separator);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
