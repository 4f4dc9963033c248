// Owns nearest-neighbour upsampling by whole factors. Other sizes are not here: see resize.ts.

import { requireOneInput, requirePositiveInteger } from "./checks.js";
import type { Op } from "./op.js";
import type { Shape } from "./tensor.js";

export interface UpsampleNearestAttributes {
  readonly factor: number;
}

const NAME = "upsample-nearest";

/**
 * Repeats each pixel `factor` times in x and y: [C,H,W] -> [C,H*factor,W*factor].
 * Matches torch.nn.functional.interpolate(mode="nearest").
 * @throws EsrganError "bad-input" if the factor is not a positive integer
 */
export const upsampleNearest: Op<UpsampleNearestAttributes> = {
  name: NAME,
  outputShape,
  flops: () => 0,
};

function outputShape(inputs: readonly Shape[], { factor }: UpsampleNearestAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requirePositiveInteger(NAME, "factor", factor);
  return { channels, height: height * factor, width: width * factor };
}
