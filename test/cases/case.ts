// Owns what a case of an operation is: one call with seeded inputs, shared by the CPU tests, the GPU parity tests, the bench and, through `spec`,
// tools/make-fixtures.py.

import { runReference } from "../../src/graph/op-references.js";
import type { Op } from "../../src/ops/op.js";
import type { Shape, Tensor } from "../../src/ops/tensor.js";
import { type Random, randomTensor, seededRandom } from "./random.js";

/** One call of an operation. */
export interface OpCall<A> {
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
}

export interface OpCase<A> {
  readonly op: Op<A>;
  /** Says what is special about the case; unique among the operation's, and the fixture's key. */
  readonly name: string;
  readonly seed: number;
  readonly inputs: readonly Shape[];
  /** The attributes as JSON for PyTorch's side. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Draws the inputs in order, then the parameters. */
  build(): OpCall<A>;
  /** The float32 error a result may have, relative to `magnitudes`; 0 where values are only moved. */
  readonly tolerance: number;
  /** For each output value the sum of the magnitudes of the terms it is made of. */
  magnitudes(call: OpCall<A>): Float32Array;
}

export interface OpCaseOptions<A> {
  readonly op: Op<A>;
  readonly name: string;
  readonly seed: number;
  readonly inputs: readonly Shape[];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly attributes: (random: Random) => A;
  readonly tolerance?: number;
  readonly magnitudes?: (call: OpCall<A>) => Float32Array;
}

/** Makes a case; without a tolerance it is one whose values must come out bit for bit. */
export function opCase<A>({ attributes, ...options }: OpCaseOptions<A>): OpCase<A> {
  return {
    spec: {},
    tolerance: 0,
    magnitudes: ({ inputs, attributes: a }) => runReference(options.op, inputs, a).data.map(Math.abs),
    ...options,
    build() {
      const random = seededRandom(options.seed);
      const inputs = options.inputs.map((shape) => randomTensor(random, shape));
      return { inputs, attributes: attributes(random) };
    },
  };
}

/** What one float32 operation may be off by in PyTorch, on the CPU and on a GPU, whose order of additions is its own. */
export const FLOAT32_TOLERANCE = 1e-5;

/** Width and height: the smallest, lines, odd ones, and one less and one more than the kernels' tiles. */
export const SIZES: readonly (readonly [width: number, height: number])[] = [
  [1, 1],
  [1, 7],
  [7, 1],
  [13, 11],
  // Pixels of a thread: 4x2, 8x2, 4x4.
  [3, 1],
  [4, 2],
  [5, 3],
  [9, 3],
  [3, 3],
  [5, 5],
  // Pixels of a workgroup: 32x16, 64x8.
  [31, 15],
  [32, 16],
  [33, 17],
  [63, 7],
  [65, 9],
];

export function shapeOf(channels: number, [width, height]: readonly [number, number]): Shape {
  return { channels, height, width };
}
