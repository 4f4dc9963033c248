// Owns the scaled residual sum as an operation of its own. As the end of a convolution it is fused: see graph/fuse.ts.

import { badInputs, requireFinite, requireShape } from "./checks.js";
import type { Op } from "./op.js";
import { elementCount, type Shape, sameShape } from "./tensor.js";

export interface ScaledAddAttributes {
  /** The factor on the first input. */
  readonly alpha: number;
}

const NAME = "scaled-add";

/**
 * alpha * x + y of the inputs [x, y]: [C,H,W], [C,H,W] -> [C,H,W]. Matches torch.add(y, x, alpha=alpha).
 * @throws EsrganError "bad-input" if the shapes differ or alpha is not finite
 */
export const scaledAdd: Op<ScaledAddAttributes> = {
  name: NAME,
  outputShape,
  flops: (inputs, attributes) => 2 * elementCount(outputShape(inputs, attributes)),
};

function outputShape(inputs: readonly Shape[], { alpha }: ScaledAddAttributes): Shape {
  const [x, y] = inputs;
  if (!x || !y || inputs.length !== 2 || !sameShape(x, y)) throw badInputs(NAME, inputs, "two of the same shape");
  requireFinite(NAME, "alpha", alpha);
  const { channels, height, width } = requireShape(NAME, x);
  return { channels, height, width };
}
