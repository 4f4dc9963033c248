// Owns the plain CPU implementation of each operation, one row for each: an operation without a row does not compile. Apart from op-rules.ts, as what
// runs on a GPU needs none of them.

import { activateReference } from "../ops/activate.reference.js";
import { concatChannelsReference } from "../ops/concat-channels.reference.js";
import { convTranspose2dReference } from "../ops/conv-transpose2d.reference.js";
import { conv2dReference } from "../ops/conv2d.reference.js";
import { leakyReluReference } from "../ops/leaky-relu.reference.js";
import type { Op } from "../ops/op.js";
import { pixelShuffleReference } from "../ops/pixel-shuffle.reference.js";
import { pixelUnshuffleReference } from "../ops/pixel-unshuffle.reference.js";
import { preluReference } from "../ops/prelu.reference.js";
import { resizeReference } from "../ops/resize.reference.js";
import { scaledAddReference } from "../ops/scaled-add.reference.js";
import { type Tensor, tensor } from "../ops/tensor.js";
import { upsampleNearestReference } from "../ops/upsample-nearest.reference.js";
import type { OpAttributes, OpName } from "./op-rules.js";

/** Fills `output`, which has the shape of the result, and returns it. Shares no code with a kernel. */
type Reference<A> = (inputs: readonly [Tensor, ...Tensor[]], attributes: A, output: Tensor) => Tensor;

const REFERENCES: { readonly [K in OpName]: Reference<OpAttributes[K]> } = {
  conv2d: ([input], attributes, output) => conv2dReference(input, attributes, output),
  "conv-transpose2d": ([input], attributes, output) => convTranspose2dReference(input, attributes, output),
  "leaky-relu": ([input], attributes, output) => leakyReluReference(input, attributes, output),
  prelu: ([input], attributes, output) => preluReference(input, attributes, output),
  activate: ([input], attributes, output) => activateReference(input, attributes, output),
  "concat-channels": (inputs, _, output) => concatChannelsReference(inputs, output),
  "scaled-add": ([x, y], attributes, output) => scaledAddReference(x, y!, attributes, output),
  "pixel-shuffle": ([input], attributes, output) => pixelShuffleReference(input, attributes, output),
  "pixel-unshuffle": ([input], attributes, output) => pixelUnshuffleReference(input, attributes, output),
  "upsample-nearest": ([input], attributes, output) => upsampleNearestReference(input, attributes, output),
  resize: ([input], attributes, output) => resizeReference(input, attributes, output),
};

/**
 * What `op` makes of `inputs` on the CPU.
 * @throws EsrganError "bad-input" as op.outputShape
 */
export function runReference<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const output = tensor(op.outputShape(inputs, attributes));
  const reference = REFERENCES[op.name as OpName] as Reference<A>;
  return reference(inputs as readonly [Tensor, ...Tensor[]], attributes, output);
}
