// Convolution by subgroup matrices: the unit of a GPU that multiplies small matrices of halves and sums in f32 (Dawn's feature
// "chromium-experimental-subgroup-matrix"). A workgroup is one subgroup, so that all it loads by is uniform. It keeps a tile of the
// input, as many channels of it as a matrix has, in workgroup memory, pixel after pixel: M pixels of a row are then a matrix, for
// each tap at another offset. Weights come as matrices (weights/pack-conv.ts). Both are arrays of scalars: Dawn takes vectors too,
// but lavapipe's strides then count those.

import { each } from "./unroll.js";

export interface SubgroupMatrixShape {
  readonly kernel: number;
  /** Sizes of the matrices: pixels, output channels, input channels. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly subgroup: number;
  /** Matrices of pixels beside and below one another; one is pixels of a row. */
  readonly matricesX: number;
  readonly matricesY: number;
  /** "unrolled": straight code over all taps. "looped": a loop over kernel rows that compilers do not unroll. */
  readonly rows: "unrolled" | "looped";
  /** Output channel blocks; what is missing in the last matrix is not stored. */
  readonly channelBlocks: number;
  readonly sources: readonly number[];
}

export function convSubgroupMatrixWgsl(shape: SubgroupMatrixShape): string {
  const { kernel, m, n, k, subgroup, matricesX, matricesY, channelBlocks, sources } = shape;
  const reach = (kernel - 1) / 2;
  const tilePitch = matricesX * m + kernel - 1;
  const tilePixels = tilePitch * (matricesY + kernel - 1);
  const outputs = Math.ceil((channelBlocks * 4) / n);
  const chunkBlocks = k / 4;
  const chunks = Math.ceil(sources.reduce((sum, blocks) => sum + blocks, 0) / chunkBlocks);
  const matrix = n * k;
  const tapWeights = outputs * matrix;
  const kernelRow = each(kernel, (kx) => {
    const weights = each(
      outputs,
      (o) =>
        `      let w${o} = subgroupMatrixLoad<Weights, col_major>(&weights, w + ${kx * tapWeights + o * matrix}u, ${k}u);`,
    );
    const sums = each(matricesY, (y) =>
      each(matricesX, (x) => {
        const at = `(ky + ${y}u) * ${tilePitch * k}u + ${(x * m + kx) * k}u`;
        const adds = each(
          outputs,
          (o) => `${sum(y, x, o)} = subgroupMatrixMultiplyAccumulate(v, w${o}, ${sum(y, x, o)});`,
          " ",
        );
        return `      { let v = subgroupMatrixLoad<Pixels, row_major>(&inputTile, ${at}, ${k}u); ${adds} }`;
      }),
    );
    return `    {\n${weights}\n${sums}\n    }`;
  });
  const kernelWeights = kernel * tapWeights;
  const firstWeight = `(group.z * ${chunks}u + chunk) * ${kernel * kernelWeights}u + ky * ${kernelWeights}u`;
  const rowBody = `      let w = ${firstWeight};\n${kernelRow}`;
  // Compilers unroll loops whose counts they know, or not.
  const kernelRows =
    shape.rows === "looped"
      ? `    for (var ky = 0u; ky < one * ${kernel}u; ky++) {\n${rowBody}\n    }`
      : each(kernel, (ky) => `    {\n      const ky = ${ky}u;\n${rowBody}\n    }`);
  return `
alias Pixels = subgroup_matrix_left<f16, ${k}, ${m}>;
alias Weights = subgroup_matrix_right<f16, ${n}, ${k}>;
alias Sums = subgroup_matrix_result<f32, ${n}, ${m}>;

var<workgroup> inputTile: array<f16, ${tilePixels * k}>;
var<workgroup> sumTile: array<f32, ${matricesX * outputs * m * n}>;

${sourceBlockWgsl(sources)}

@compute @workgroup_size(${subgroup}) @subgroup_size(${subgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x0 = group.x * ${matricesX * m}u;
  let y0 = group.y * ${matricesY}u;
  let block0 = group.z * ${channelBlocks}u;
  let pitch = planes.src.pitch;
  let one = min(planes.dst.width, 1u);
  let corner = planes.src.origin - ${reach}u * pitch - ${reach}u + y0 * pitch + x0;
${each(matricesY, (y) => each(matricesX, (x) => each(outputs, (o) => `  var ${sum(y, x, o)} = Sums();`)))}
  for (var chunk = 0u; chunk < ${chunks}u; chunk++) {
    workgroupBarrier();
    for (var i = lane; i < ${tilePixels}u; i += ${subgroup}u) {
      let at = corner + i / ${tilePitch}u * pitch + i % ${tilePitch}u;
${each(chunkBlocks, (b) => `      let values${b} = sourceBlock(chunk * ${chunkBlocks}u + ${b}u, at);`)}
${each(chunkBlocks, (b) => each(4, (c) => `      inputTile[i * ${k}u + ${b * 4 + c}u] = values${b}[${c}];`))}
    }
    workgroupBarrier();
${kernelRows}
  }
${each(matricesY, (y) => storeRow(shape, y, outputs))}
}`;
}

/** Blocks that a subgroup loads for each channel block of the input: its tile with the border, and all matrices of weights. */
export function subgroupMatrixLoads(
  shape: Pick<SubgroupMatrixShape, "kernel" | "m" | "n" | "matricesX" | "matricesY" | "channelBlocks">,
): { readonly sources: number; readonly weights: number } {
  const { kernel, m, n, matricesX, matricesY, channelBlocks } = shape;
  const outputs = Math.ceil((channelBlocks * 4) / n);
  return { sources: (matricesX * m + kernel - 1) * (matricesY + kernel - 1), weights: kernel ** 2 * outputs * n };
}

/** Hands the sums of a row of pixels to the epilogue, through workgroup memory, as it has a block of channels at a time. */
function storeRow(
  { m, n, subgroup, matricesX, channelBlocks }: SubgroupMatrixShape,
  y: number,
  outputs: number,
): string {
  const stride = outputs * n;
  const stores = each(matricesX, (x) =>
    each(
      outputs,
      (o) => `  subgroupMatrixStore<row_major>(&sumTile, ${x * m * stride + o * n}u, ${sum(y, x, o)}, ${stride}u);`,
    ),
  );
  return `  workgroupBarrier();
${stores}
  workgroupBarrier();
  for (var i = lane; i < ${matricesX * m * channelBlocks}u; i += ${subgroup}u) {
    let x = i % ${matricesX * m}u;
    let block = i / ${matricesX * m}u;
    let at = x * ${stride}u + block * 4u;
    let values = vec4f(sumTile[at], sumTile[at + 1u], sumTile[at + 2u], sumTile[at + 3u]);
    emit(block0 + block, x0 + x, y0 + ${y}u, affine[block0 + block] + values);
  }`;
}

/** A channel block of the concatenated sources; zeros beyond the last, which fill up the last matrix. */
function sourceBlockWgsl(sources: readonly number[]): string {
  const before = (index: number) => sources.slice(0, index).reduce((sum, blocks) => sum + blocks, 0);
  const reads = each(sources.length, (index) => {
    const first = before(index);
    return `  if (block < ${first + sources[index]!}u) { return source${index}[at + (block - ${first}u) * planes.src.size]; }`;
  });
  return `fn sourceBlock(block: u32, at: u32) -> Block {
${reads}
  return Block();
}`;
}

function sum(y: number, x: number, output: number): string {
  return `s${y}_${x}_${output}`;
}
