// Convolution 3x3 by Winograd's F(2x2,3x3) (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"): 16
// products for 2x2 pixels instead of 36. One invocation computes 2x2 pixels of CB channel blocks, transforms its 4x4 input
// itself and keeps all 16 sums in registers. Weights come transformed (weights/pack-conv.ts).

import { each, lane, literalCounts, mainWgsl, sourceLoops } from "./unroll.js";

export interface WinogradShape {
  readonly channelBlocks: number;
  readonly workgroupX: number;
  readonly workgroupY: number;
  readonly subgroup: number | undefined;
  readonly sources: readonly number[];
}

export function convWinogradWgsl(shape: WinogradShape): string {
  const { channelBlocks } = shape;
  const products = (line: (name: string, t: number, c: number) => string) =>
    each(16, (t) => each(channelBlocks, (c) => line(`m${t}_${c}`, t, c)));
  return mainWgsl(
    { ...shape, pixelsX: 2, pixelsY: 2 },
    `  let block0 = group.z * ${channelBlocks}u;
  let corner = planes.src.origin - pitch - 1u + y0 * pitch + x0;
${products((name) => `  var ${name} = Math(0);`)}
${sourceLoops(literalCounts(shape.sources), 64 * channelBlocks, (source) => transformedProducts(source, channelBlocks))}
${each(channelBlocks, inverse)}`,
  );
}

/** Blocks of the sources and of weights that an invocation loads for one channel block of the input. */
export function winogradLoads({ channelBlocks }: Pick<WinogradShape, "channelBlocks">): {
  readonly sources: number;
  readonly weights: number;
} {
  return { sources: 16, weights: 16 * 4 * channelBlocks };
}

/** B^T d B of the 4x4 inputs, then one product for each of its 16 values and input channels. */
function transformedProducts(source: string, channelBlocks: number): string {
  const loads = each(16, (i) => `    let d${i >> 2}${i & 3} = toMath(${source}[at + ${i >> 2}u * pitch + ${i & 3}u]);`);
  const columns = each(4, (x) =>
    [
      `    let e0${x} = d0${x} - d2${x};`,
      `let e1${x} = d1${x} + d2${x};`,
      `let e2${x} = d2${x} - d1${x};`,
      `let e3${x} = d1${x} - d3${x};`,
    ].join(" "),
  );
  const rows = each(4, (y) =>
    [
      `    let v${y * 4} = e${y}0 - e${y}2;`,
      `let v${y * 4 + 1} = e${y}1 + e${y}2;`,
      `let v${y * 4 + 2} = e${y}2 - e${y}1;`,
      `let v${y * 4 + 3} = e${y}1 - e${y}3;`,
    ].join(" "),
  );
  const products = each(16, (t) =>
    each(channelBlocks, (c) =>
      each(4, (k) => {
        const weight = `toMath(weights[w + ${(t * channelBlocks + c) * 4 + k}u])`;
        return `    m${t}_${c} += ${weight} * v${t}.${lane(k)};`;
      }),
    ),
  );
  return [loads, columns, rows, products].join("\n");
}

/** A^T m A, in f32: the 2x2 outputs of channel block `c`. */
function inverse(c: number): string {
  const m = (y: number, x: number) => `vec4f(m${y * 4 + x}_${c})`;
  const rows = each(4, (x) =>
    [
      `    let p0${x} = ${m(0, x)} + ${m(1, x)} + ${m(2, x)};`,
      `let p1${x} = ${m(1, x)} - ${m(2, x)} - ${m(3, x)};`,
    ].join(" "),
  );
  const outputs = each(2, (y) =>
    [
      `    emit(block0 + ${c}u, x0, y0 + ${y}u, bias + p${y}0 + p${y}1 + p${y}2);`,
      `    emit(block0 + ${c}u, x0 + 1u, y0 + ${y}u, bias + p${y}1 - p${y}2 - p${y}3);`,
    ].join("\n"),
  );
  return `  {
    let bias = affine[block0 + ${c}u];
${rows}
${outputs}
  }`;
}
