// Convolution, register-tiled: one invocation computes PX x PY pixels of CB channel blocks and keeps the sums in registers.
// Each input row is loaded once and serves every output row it touches; weights are indexed by workgroup and loop counters
// alone, so that they can come through scalar loads. No workgroup memory, no bounds tests inside the loop.
// Owns the generated loops; the epilogue is conv2d.wgsl.ts.

/** What the generated text depends on. `sources` are the numbers of channel blocks of the concatenated inputs. */
export interface DirectShape {
  readonly kernel: number;
  readonly upsample: number;
  readonly pixelsX: number;
  readonly pixelsY: number;
  readonly channelBlocks: number;
  readonly workgroupX: number;
  readonly workgroupY: number;
  readonly sources: readonly number[];
}

// From kernel size 5 on a fully unrolled body passes a thousand multiply-adds: its rows become a loop.
const UNROLL_ROWS_UP_TO = 3;

export function convDirectWgsl(shape: DirectShape): string {
  const { pixelsX, pixelsY, channelBlocks, workgroupX, workgroupY, upsample, kernel, sources } = shape;
  const reach = Math.ceil((kernel - 1) / 2 / upsample);
  const inBlocks = sources.reduce((sum, blocks) => sum + blocks, 0);
  const weightsPerBlock = kernel * kernel * 4 * channelBlocks;
  const loops = sources.map((blocks, index) => {
    const first = sources.slice(0, index).reduce((sum, count) => sum + count, 0);
    return `
  for (var i = 0u; i < ${blocks}u; i++) {
    let at = corner + i * planes.src.size;
    let w = (group.z * ${inBlocks}u + ${first}u + i) * ${weightsPerBlock}u;
${kernel <= UNROLL_ROWS_UP_TO ? unrolledRows(shape, `source${index}`) : loopedRows(shape, `source${index}`)}
  }`;
  });
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
${loops.join("")}
${eachSum(shape, (name, x, y, c) => `  emit(block0 + ${c}u, x0 + ${x}u, y0 + ${y}u, ${name});`)}
}`;
}

/** One pass over the source rows, each used by every output row and kernel row that meet there. */
function unrolledRows(shape: DirectShape, source: string): string {
  const { kernel, upsample, pixelsX, pixelsY } = shape;
  const uses = new Map<number, { y: number; ky: number }[]>();
  for (let y = 0; y < pixelsY; y++) {
    for (let ky = 0; ky < kernel; ky++) {
      const row = sourceOffset(y + ky, kernel, upsample);
      uses.set(row, [...(uses.get(row) ?? []), { y, ky }]);
    }
  }
  const columns = sourceOffset(pixelsX - 1 + kernel - 1, kernel, upsample) + 1;
  return [...uses]
    .sort(([a], [b]) => a - b)
    .map(([row, users]) => {
      const loads = each(columns, (x) => `      let v${x} = toFloats(${source}[at + ${row}u * pitch + ${x}u]);`);
      const sums = users.map(({ y, ky }) => rowSums(shape, y, `w + ${ky * rowWeights(shape)}u`));
      return `    {\n${loads}\n${sums.join("\n")}\n    }`;
    })
    .join("\n");
}

/** A loop over kernel rows; each output row loads its own source row. */
function loopedRows(shape: DirectShape, source: string): string {
  const { kernel, pixelsX, pixelsY } = shape;
  const columns = pixelsX + kernel - 1;
  const rows = each(
    pixelsY,
    (y) => `      {
${each(columns, (x) => `      let v${x} = toFloats(${source}[at + (ky + ${y}u) * pitch + ${x}u]);`)}
${rowSums(shape, y, "wy")}
      }`,
  );
  return `    for (var ky = 0u; ky < ${kernel}u; ky++) {
      let wy = w + ky * ${rowWeights(shape)}u;
${rows}
    }`;
}

/** Adds one kernel row over the loaded columns v0, v1, ... to the sums of output row `y`. */
function rowSums(shape: DirectShape, y: number, weightBase: string): string {
  const { kernel, upsample, pixelsX, channelBlocks } = shape;
  const lines: string[] = [];
  for (let kx = 0; kx < kernel; kx++) {
    for (let k = 0; k < 4; k++) {
      for (let c = 0; c < channelBlocks; c++) {
        const sums = each(
          pixelsX,
          (x) => {
            const value = `v${sourceOffset(x + kx, kernel, upsample)}.${"xyzw"[k]}`;
            return `${sumName(x, y, c)} = fma(q, vec4f(${value}), ${sumName(x, y, c)});`;
          },
          " ",
        );
        const index = (kx * 4 + k) * channelBlocks + c;
        lines.push(`      { let q = toFloats(weights[${weightBase} + ${index}u]); ${sums} }`);
      }
    }
  }
  return lines.join("\n");
}

/** The loaded row or column that output `i - k` reads under tap `k`, counted from the first one loaded. */
function sourceOffset(i: number, kernel: number, upsample: number): number {
  const radius = (kernel - 1) / 2;
  return Math.floor((i - radius) / upsample) + Math.ceil(radius / upsample);
}

function rowWeights(shape: DirectShape): number {
  return shape.kernel * 4 * shape.channelBlocks;
}

function sumName(x: number, y: number, c: number): string {
  return `s${y}${x}_${c}`;
}

function each(count: number, line: (index: number) => string, separator = "\n"): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(separator);
}

function eachSum(shape: DirectShape, line: (name: string, x: number, y: number, c: number) => string): string {
  const { pixelsX, pixelsY, channelBlocks } = shape;
  return each(pixelsY, (y) => each(pixelsX, (x) => each(channelBlocks, (c) => line(sumName(x, y, c), x, y, c), "\n")));
}
