// Convolution, register-tiled: one invocation computes PX x PY pixels of CB channel blocks and keeps the sums in registers.
// Weights are indexed by workgroup and loop counters alone, so that they can come through scalar loads. No workgroup
// memory, no bounds tests inside the loop. Owns the generated loops; the epilogue is conv2d.wgsl.ts.

import { convFrame } from "./conv2d-frame.js";
import { each, lane, literalCounts, mainWgsl, type SumChunk, sourceLoops, uniformCounts } from "./unroll.js";

/** What the generated text depends on. `sources` are the numbers of channel blocks of the concatenated inputs. */
export interface DirectShape {
  readonly kernel: number;
  readonly upsample: number;
  readonly pixelsX: number;
  readonly pixelsY: number;
  readonly channelBlocks: number;
  readonly workgroupX: number;
  readonly workgroupY: number;
  readonly subgroup: number | undefined;
  /**
   * "unrolled": straight code over all taps, each input row loaded once for every output row it serves, one loop a source.
   * "looped": a loop over kernel rows, a third of the code, and one pipeline for any numbers of channels: for compilers
   * that are slow.
   */
  readonly rows: "unrolled" | "looped";
  /** In f16 products are summed in f16 over 72 terms, and those sums in f32: pure f16 sums are not accurate enough. */
  readonly math: "f32" | "f16";
  /**
   * A 3x3 convolution of an input upsampled nearest by 2 is four 2x2 convolutions, one for each phase of an output pixel,
   * over the small input: 4 taps instead of 9. Pixels are then counted in the small picture.
   */
  readonly folded: boolean;
  /**
   * "uniform": `weights` has a row for each kernel row of each input block of each group of the dispatch, which
   * weightAt reads, and groups count from planes.dst.aux1 on.
   */
  readonly weightSpace: "storage" | "uniform";
  readonly sources: readonly number[];
  /** Channels of an input block that are no padding: fewer than 4 only where the input is one block. */
  readonly inputLanes: number;
  /** The same of the output. Where there is one, sums are of input channels, and added up at the end. */
  readonly outputLanes: number;
  /** "kept": a loop over one channel block has a count that compilers do not know, so that they leave it a loop. */
  readonly loop?: "kept" | undefined;
  /**
   * Where an invocation's pixels lie along x: side by side by default, so that they share columns of the window. "spread": a workgroup's width
   * apart, so that invocations that lie side by side load and store side by side, which memory is fastest at. What pixels beyond the picture
   * then read, or do not find, is of no matter, as nothing is stored of them. Not with nearest upsampling that is not folded.
   */
  readonly columns?: "spread" | undefined;
}

export function convDirectWgsl(shape: DirectShape): string {
  const { channelBlocks, upsample, rows, pixelsX, pixelsY } = shape;
  const adds = sumsInputs(shape);
  const inHalves = sumsInHalves(shape);
  const start = (x: number, y: number, c: number) => {
    const bias = adds ? `vec4f(bias${c}.x, 0, 0, 0)` : `bias${c}`;
    return inHalves ? `var ${halfName(x, y, c)} = Math(${bias});` : `var ${sumName(x, y, c)} = ${bias};`;
  };
  const { block0, origin, put } = convFrame({ ...shape, reach: reach(shape) });
  const valuesOf = (x: number, y: number) =>
    Array.from({ length: channelBlocks }, (_, c) => {
      const sum = inHalves ? `vec4f(${halfName(x, y, c)})` : sumName(x, y, c);
      return adds ? `vec4f(dot(${sum}, vec4f(1)), 0, 0, 0)` : sum;
    });
  return mainWgsl(
    { ...shape, isSpread: shape.columns === "spread" },
    `${block0}
  let corner = ${origin} + (y0 / ${upsample}u) * pitch + x0 / ${upsample}u;
${each(channelBlocks, (c) => `  let bias${c} = affine[block0 + ${c}u];`)}
${eachSum(shape, (x, y, c) => `  ${start(x, y, c)}`)}
${rows === "unrolled" ? unrolledLoops(shape) : loopedLoops(shape)}
${each(channelBlocks, (c) => `  let slopes${c} = slopesOf(block0 + ${c}u);`)}
${each(pixelsY, (y) => each(pixelsX, (x) => put(`${x * columnStep(shape)}u`, `${y}u`, valuesOf(x, y))))}`,
  );
}

/** Whether one sum in halves takes all products, and the bias too: what is computed of it may be in halves, as the result is stored. */
export function sumsInHalves(shape: DirectShape): boolean {
  const { math, rows, sources } = shape;
  const isOneChunk = sources.length === 1 && sources[0]! * directProducts(shape) <= MOST_TERMS;
  return math === "f16" && rows === "unrolled" && isOneChunk;
}

/** Blocks of the sources and of weights that an invocation loads for one channel block of the input. */
export function directLoads(shape: DirectShape): { readonly sources: number; readonly weights: number } {
  const { kernel, pixelsY, rows } = shape;
  const sourceRows = rows === "unrolled" ? windowOf(shape, pixelsY) : kernel * pixelsY;
  return { sources: sourceRows * columnsOf(shape).length, weights: kernel * rowWeights(shape) };
}

/** Products of vectors for each block of a result's channels, of one block of the input: what makes straight code long. */
export function directProducts(
  shape: Pick<DirectShape, "inputLanes" | "outputLanes"> & { readonly kernel: number },
): number {
  return shape.kernel ** 2 * (sumsInputs(shape) ? 1 : shape.inputLanes);
}

function sumsInputs({ outputLanes }: Pick<DirectShape, "outputLanes">): boolean {
  return outputLanes === 1;
}

/** One loop a source; its body passes once over the source rows, each used by every output row that meets it. */
function unrolledLoops(shape: DirectShape): string {
  const { kernel, pixelsX, pixelsY, math } = shape;
  const inChunks = math === "f16" && !sumsInHalves(shape);
  const uses = new Map<number, { y: number; ky: number }[]>();
  for (let y = 0; y < pixelsY; y++) {
    for (let ky = 0; ky < kernel; ky++) {
      const row = sourceOffset(shape, y + ky);
      uses.set(row, [...(uses.get(row) ?? []), { y, ky }]);
    }
  }
  const rows = [...uses].sort(([a], [b]) => a - b);
  const columns = columnsOf(shape);
  const body = (source: string) =>
    rows
      .map(([row, users]) => {
        const loads = columns
          .map((column, x) => `      let v${x} = toMath(${source}[at + ${row}u * pitch + ${column}u]);`)
          .join("\n");
        // Kernel rows in order: the weights of one are dead after the next row, and so few enough for scalar registers.
        const sums = [...users]
          .sort((a, b) => a.ky - b.ky)
          .map(({ y, ky }) =>
            eachTap(
              shape,
              (index) => weight(shape, ky, index),
              (kx, c, product) =>
                each(pixelsX, (x) => addTo(shape, x, y, c, product(`v${columnIndex(shape, x, kx)}`)), " "),
            ),
          );
        return `    {\n${loads}\n${sums.join("\n")}\n    }`;
      })
      .join("\n");
  const isKept = shape.loop === "kept" && shape.sources.length === 1 && shape.sources[0] === 1;
  const counts = isKept ? uniformCounts(1) : literalCounts(shape.sources);
  return sourceLoops(counts, weightsPerBlock(shape), body, {
    chunk: inChunks ? { ...chunkOf(shape), ...halfSums(shape) } : undefined,
  });
}

// What a sum in f16 may hold: the error grows with the number of terms.
const MOST_TERMS = 72;

/** Sums in halves, from zero to where they are added to those in floats. */
function halfSums(shape: DirectShape): Pick<SumChunk, "open" | "close"> {
  return {
    open: eachSum(shape, (x, y, c) => `    var ${halfName(x, y, c)} = Math(0);`),
    close: eachSum(shape, (x, y, c) => `    ${sumName(x, y, c)} += vec4f(${halfName(x, y, c)});`),
  };
}

/**
 * How many channel blocks are summed in f16: as many as may be, or a number near that which divides all sources. Larger
 * chunks keep the f32 sums out of the inner loop, and so out of its registers.
 */
function chunkOf(shape: DirectShape): Pick<SumChunk, "blocks" | "isWhole"> {
  const { sources } = shape;
  const most = Math.min(Math.floor(MOST_TERMS / directProducts(shape)), Math.max(...sources));
  for (let blocks = most; blocks > most / 2; blocks--) {
    if (sources.every((count) => count % blocks === 0)) return { blocks, isWhole: true };
  }
  return { blocks: most, isWhole: false };
}

/** Kernel rows that are summed in f16, as nearly equal numbers of them as there are. */
function rowsOfChunk(shape: DirectShape): number {
  const { kernel } = shape;
  const most = Math.max(1, Math.floor((MOST_TERMS * kernel) / directProducts(shape)));
  return Math.ceil(kernel / Math.ceil(kernel / most));
}

/** One loop a source, in it one over kernel rows, in halves by chunks of them; each weight serves all output rows. */
function loopedLoops(shape: DirectShape): string {
  const { kernel, upsample, pixelsX, pixelsY, folded, math } = shape;
  const columns = columnsOf(shape);
  // Rounded down as if from whole source pixels above, so that it never goes below zero.
  const lift = folded ? 0 : reach(shape) * upsample - (kernel - 1) / 2;
  const rowStep = shape.weightSpace === "uniform" ? 1 : rowWeights(shape);
  const row = (source: string) => `      let wy = w + ky * ${rowStep}u;
${each(
  pixelsY,
  (y) => `      let at${y} = at + (ky + ${y + lift}u) / ${upsample}u * pitch;
${columns.map((column, x) => `      let v${y}_${x} = toMath(${source}[at${y} + ${column}u]);`).join("\n")}`,
)}
${eachTap(
  shape,
  (index) => weightOfRow(shape, index),
  (kx, c, product) =>
    each(
      pixelsY,
      (y) => each(pixelsX, (x) => addTo(shape, x, y, c, product(`v${y}_${columnIndex(shape, x, kx)}`)), " "),
      " ",
    ),
)}`;
  const { open, close } = halfSums(shape);
  const chunk = rowsOfChunk(shape);
  const body = (source: string) =>
    math === "f32"
      ? `    for (var ky = 0u; ky < ${kernel}u; ky++) {
${row(source)}
    }`
      : `    for (var k = 0u; k < rows; k += ${chunk}u) {
${open}
    for (var n = 0u; n < min(${chunk}u, rows - k); n++) {
      let ky = k + n;
${row(source)}
    }
${close}
    }`;
  const loops = sourceLoops(uniformCounts(shape.sources.length), weightsPerBlock(shape), body);
  // Mesa unrolls few rows of a known count, which spills on Intel.
  return math === "f32" ? loops : `  let rows = ${kernel}u * min(planes.dst.width, 1u);${loops}`;
}

/** Weight `index` of kernel row `ky`, given those of a channel block of the input from `w` on. */
function weight(shape: DirectShape, ky: number, index: number): string {
  if (shape.weightSpace === "uniform") return `weightAt(w + ${ky}u, ${index}u)`;
  return `weights[w + ${ky * rowWeights(shape) + index}u]`;
}

/** Weight `index` of the kernel row whose weights start at `wy`. */
function weightOfRow({ weightSpace }: DirectShape, index: number): string {
  return weightSpace === "uniform" ? `weightAt(wy, ${index}u)` : `weights[wy + ${index}u]`;
}

function rowWeights({ channelBlocks, ...shape }: DirectShape): number {
  return (directProducts(shape) / shape.kernel) * channelBlocks;
}

/** From a channel block of the input to the next: rows of uniform weights, or vectors. */
function weightsPerBlock(shape: DirectShape): number {
  return shape.weightSpace === "uniform" ? shape.kernel : shape.kernel * rowWeights(shape);
}

/** Source pixels that the kernel reads beyond its first one, above and to the left. */
function reach({ kernel, upsample, folded }: DirectShape): number {
  return folded ? 1 : Math.ceil((kernel - 1) / 2 / upsample);
}

/** Source pixels along one side that the taps of so many adjacent pixels meet. */
function windowOf(shape: DirectShape, pixels: number): number {
  return sourceOffset(shape, pixels - 1 + shape.kernel - 1) + 1;
}

/** Source blocks from an invocation's pixel to its next along x. */
function columnStep({ columns, workgroupX }: DirectShape): number {
  return columns === "spread" ? workgroupX : 1;
}

/** The columns of a row that an invocation loads, in blocks from its first. */
function columnsOf(shape: DirectShape): number[] {
  const { kernel, pixelsX, workgroupX } = shape;
  if (shape.columns !== "spread") return Array.from({ length: windowOf(shape, pixelsX) }, (_, i) => i);
  return Array.from({ length: pixelsX * kernel }, (_, i) => Math.floor(i / kernel) * workgroupX + (i % kernel));
}

/** Which of those pixel `x` meets with tap `kx`. */
function columnIndex(shape: DirectShape, x: number, kx: number): number {
  return shape.columns === "spread" ? x * shape.kernel + kx : sourceOffset(shape, x + kx);
}

/** The loaded row or column, counted from the first, for output `o` and tap `k`, given `position` = o + k. */
function sourceOffset(shape: DirectShape, position: number): number {
  if (shape.folded) return position;
  const radius = (shape.kernel - 1) / 2;
  return Math.floor((position - radius) / shape.upsample) + reach(shape);
}

/**
 * The weights of one kernel row in the order they are packed. Channels of a block innermost: that order lets RDNA3 issue two
 * multiply-adds at once (0.513 slots each on navi31, 0.577 with blocks innermost).
 */
function eachTap(
  shape: DirectShape,
  weightAt: (index: number) => string,
  sums: (kx: number, c: number, product: (block: string) => string) => string,
): string {
  const { kernel, channelBlocks, inputLanes } = shape;
  const product = (index: number, line: string) => `      { let q = toMath(${weightAt(index)}); ${line} }`;
  if (sumsInputs(shape))
    return each(kernel, (kx) =>
      product(
        kx,
        sums(kx, 0, (block) => `q * ${block}`),
      ),
    );
  return each(kernel, (kx) =>
    each(channelBlocks, (c) =>
      each(inputLanes, (k) =>
        product(
          (kx * channelBlocks + c) * inputLanes + k,
          sums(kx, c, (block) => `q * ${block}.${lane(k)}`),
        ),
      ),
    ),
  );
}

/** To the sum in the arithmetic of the products. */
function addTo({ math }: DirectShape, x: number, y: number, c: number, product: string): string {
  return `${math === "f16" ? halfName(x, y, c) : sumName(x, y, c)} += ${product};`;
}

function eachSum(
  { pixelsX, pixelsY, channelBlocks }: DirectShape,
  line: (x: number, y: number, c: number) => string,
): string {
  return each(pixelsY, (y) => each(pixelsX, (x) => each(channelBlocks, (c) => line(x, y, c))));
}

function sumName(x: number, y: number, c: number): string {
  return `s${y}${x}_${c}`;
}

function halfName(x: number, y: number, c: number): string {
  return `h${y}${x}_${c}`;
}
