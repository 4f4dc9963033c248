// Convolution for adapters that compute on a CPU, register-tiled like conv2d-direct.ts, with weights shared among the lanes of a
// subgroup. Such adapters load a vector value by value and lane by lane, which costs more than the arithmetic. So each of 4 or 8 lanes
// loads the weights of one output channel, and lanes swap them: after swap s, lane l has those of channel l ^ s, and its sum s is of
// that channel. Sums are put in order once, at the end.

import { convFrame } from "./conv2d-frame.js";
import { each, mainWgsl, sourceLoops, uniformCounts } from "./unroll.js";

/** What the generated text depends on. */
export interface SharedShape {
  readonly kernel: number;
  readonly pixelsX: number;
  readonly pixelsY: number;
  readonly channelBlocks: number;
  readonly workgroupX: number;
  readonly workgroupY: number;
  /** How many share; `channelBlocks` holds a multiple of as many channels. Weights are packed in groups of as many. */
  readonly lanes: 4 | 8;
  /**
   * "window": straight code over all taps, for which an invocation loads its part of a channel block once.
   * "rolling": a loop over the window's rows that loads one and keeps those before it: a third of the code.
   */
  readonly rows: "window" | "rolling";
  /**
   * "own": an invocation loads all of its window. "passed": it gets the columns beyond its own pixels from the invocation to the right, and the
   * first lanes of a workgroup's row load those beyond that row.
   */
  readonly columns: "own" | "passed";
  /** See DirectShape.folded. */
  readonly folded: boolean;
  /** How many sources are concatenated. */
  readonly sources: number;
}

export function convSharedWgsl(shape: SharedShape): string {
  const { kernel, folded, channelBlocks, pixelsX, pixelsY, rows, lanes } = shape;
  const { block0, origin, emit } = convFrame({
    ...shape,
    weightSpace: "storage",
    reach: folded ? 1 : (kernel - 1) / 2,
  });
  const sources = uniformCounts(shape.sources);
  const weightsPerBlock = kernel * kernel * lanes;
  const phases = folded ? 4 : 1;
  const weightGroup = folded
    ? `(group.z / 4u * ${groups(shape) * phases}u + group.z % 4u)`
    : `group.z * ${groups(shape)}u`;
  const body = rows === "window" ? windowBody : rollingBody;
  const results = Array.from({ length: pixelsX * pixelsY * channelBlocks }, (_, n) => {
    const pixel = Math.floor(n / channelBlocks);
    return inOrder(shape, pixel % pixelsX, Math.floor(pixel / pixelsX), n % channelBlocks);
  });
  // Code is short where loops stay loops, and Mesa unrolls those whose count it knows: hence `one`.
  return `${mainWgsl(
    { ...shape, subgroup: undefined },
    `${block0}
  let one = min(planes.dst.width, 1u);
  let groupStride = ${sources.total} * ${phases * weightsPerBlock}u;
  let corner = ${origin} + y0 * pitch + x0;
${shape.columns === "passed" ? neighbours(shape) : ""}
${biases(shape)}
${eachSum(shape, (name, g, s) => `  var ${name} = bias${g}_${s};`)}
${sourceLoops(sources, weightsPerBlock, (source) => body(shape, source), { weightGroup })}
  var results: array<vec4f, ${results.length}>;
${each(results.length, (n) => `  results[${n}] = ${results[n]};`)}
  for (var n = 0u; n < one * ${results.length}u; n++) {
    let c = n % ${channelBlocks}u;
    let pixel = n / ${channelBlocks}u;
  ${emit("c", `pixel % ${pixelsX}u`, `pixel / ${pixelsX}u`, "results[n]")}
  }`,
  )}
${IN_ORDER}`;
}

/** Blocks of the sources and of weights that an invocation loads for one channel block of the input, as a mean over a workgroup's row. */
export function sharedLoads(shape: SharedShape): { readonly sources: number; readonly weights: number } {
  const { kernel, pixelsX, pixelsY, workgroupX, columns } = shape;
  const beside = kernel - 1;
  const ofRow = columns === "own" ? beside : beside / workgroupX + Math.max(beside - pixelsX, 0);
  return { sources: (pixelsY + beside) * (pixelsX + ofRow), weights: kernel * kernel * groups(shape) };
}

/** All rows of the window, then all taps. */
function windowBody(shape: SharedShape, source: string): string {
  const { kernel, pixelsY } = shape;
  return `${each(pixelsY + kernel - 1, (y) => loadRow(shape, source, y, `at + ${y}u * pitch`))}
${sums(shape, [...Array(kernel).keys()], "w")}`;
}

/** Row after row of the window, each loaded at the same place of the code; once there are enough, products with one kernel row each. */
function rollingBody(shape: SharedShape, source: string): string {
  const { kernel, pixelsX, pixelsY, lanes } = shape;
  const last = pixelsY - 1;
  const columns = pixelsX + kernel - 1;
  return `${each(last, (y) => each(columns, (x) => `    var v${y}${x}: vec4f;`))}
    for (var row = 0u; row < one * ${pixelsY + kernel - 1}u; row++) {
${loadRow(shape, source, last, "at + row * pitch")}
${last > 0 ? `      if (row >= ${last}u) {` : "      {"}
        let wy = w + (row - ${last}u) * ${kernel * lanes}u;
${sums(shape, [0], "wy")}
      }
${each(last, (y) => each(columns, (x) => `      v${y}${x} = v${y + 1}${x};`))}
    }`;
}

/** The lanes that pass columns on. */
function neighbours({ workgroupX }: SharedShape): string {
  return `  let rowStart = subgroupLane - column;
  let right = rowStart + (column + 1u) % ${workgroupX}u;`;
}

/** A row of the window. */
function loadRow({ pixelsX, kernel, workgroupX, columns }: SharedShape, source: string, y: number, at: string): string {
  const own = (x: number) => `      let b${y}${x} = ${source}[${at} + ${x}u];`;
  const passed = (x: number) => {
    const last = `subgroupShuffle(beyond${y}, rowStart + ${x - pixelsX}u)`;
    return `      let b${y}${x} = subgroupShuffle(select(b${y}${x - pixelsX}, ${last}, column == 0u), right);`;
  };
  const beyond = `      var beyond${y}: Block;
      if (column < ${kernel - 1}u) { beyond${y} = ${source}[${at} + ${workgroupX * pixelsX}u - column * ${pixelsX - 1}u]; }`;
  return `${each(pixelsX, own)}
${columns === "passed" ? beyond : ""}
${each(kernel - 1, (i) => (columns === "passed" && i < pixelsX ? passed : own)(pixelsX + i))}
${each(pixelsX + kernel - 1, (x) => `      let v${y}${x} = toMath(b${y}${x});`)}`;
}

/**
 * The products of some kernel rows, whose weights start at `at`, with the window's rows from the same on. A sum takes all its terms in
 * one expression, so that it is loaded and stored once for them: no such adapter has registers for the sums.
 */
function sums(shape: SharedShape, kernelRows: readonly number[], at: string): string {
  const { kernel, lanes } = shape;
  const taps = kernelRows.flatMap((ky) => Array.from({ length: kernel }, (_, kx) => ({ ky, kx })));
  return each(groups(shape), (g) => {
    const weights = taps.map(({ ky, kx }) => {
      const first = `${at}${g > 0 ? ` + ${g}u * groupStride` : ""} + ${(ky * kernel + kx) * lanes}u`;
      return each(
        lanes,
        (s) => `      let w${ky}${kx}_${s} = ${swapped(`w${ky}${kx}_`, s, `toMath(weights[${first} + lane])`)};`,
      );
    });
    const products = each(lanes, (s) =>
      eachPixel(shape, (x, y) => {
        const terms = taps.map(({ ky, kx }) => `dot(w${ky}${kx}_${s}, v${y + ky}${x + kx})`);
        return `      ${sumName(x, y, g, s)} += ${terms.join(" + ")};`;
      }),
    );
    return `      {\n${weights.join("\n")}\n${products}\n      }`;
  });
}

/** What each sum starts with: that of its channel. */
function biases(shape: SharedShape): string {
  const { lanes } = shape;
  return each(groups(shape), (g) => {
    const own = `affine[block0 + ${(g * lanes) / 4}u + lane / 4u][lane % 4u]`;
    return each(lanes, (s) => `  let bias${g}_${s} = ${swapped(`bias${g}_`, s, own)};`);
  });
}

/** What a lane has after swap `s`, made of what it has after an earlier one, or its own. */
function swapped(name: string, s: number, own: string): string {
  if (s === 0) return own;
  if (s === 4) return `subgroupShuffleXor(${name}0, 4u)`;
  return `${["", "quadSwapX", "quadSwapY", "quadSwapDiagonal"][s % 4]}(${name}${s - (s % 4)})`;
}

/** Channel block `c` of a pixel, whose channels lie in sums of an order that depends on the lane. */
function inOrder(shape: SharedShape, x: number, y: number, c: number): string {
  const quad = (g: number, s: number) => `quadInOrder(vec4f(${each(4, (k) => sumName(x, y, g, s + k), ", ")}), lane)`;
  if (shape.lanes === 4) return quad(c, 0);
  const halves = [quad(c >> 1, 0), quad(c >> 1, 4)];
  return `select(${halves[c & 1]}, ${halves[1 - (c & 1)]}, (lane & 4u) != 0u)`;
}

const IN_ORDER = /* wgsl */ `
fn quadInOrder(sums: vec4f, lane: u32) -> vec4f {
  let pairs = select(sums, sums.yxwz, (lane & 1u) != 0u);
  return select(pairs, pairs.zwxy, (lane & 2u) != 0u);
}`;

function groups({ channelBlocks, lanes }: SharedShape): number {
  return (channelBlocks * 4) / lanes;
}

function sumName(x: number, y: number, group: number, swap: number): string {
  return `s${y}${x}_${group}_${swap}`;
}

function eachPixel({ pixelsX, pixelsY }: SharedShape, line: (x: number, y: number) => string): string {
  return each(pixelsY, (y) => each(pixelsX, (x) => line(x, y)));
}

function eachSum(shape: SharedShape, line: (name: string, group: number, swap: number) => string): string {
  return eachPixel(shape, (x, y) =>
    each(groups(shape), (g) => each(shape.lanes, (s) => line(sumName(x, y, g, s), g, s))),
  );
}
