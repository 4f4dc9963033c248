// Owns concatenation along channels. That it costs nothing on the GPU is the planner's doing, not decided here.

import { badInputs, requireShape } from "./checks.js";
import type { Op } from "./op.js";
import type { Shape } from "./tensor.js";

const NAME = "concat-channels";

/**
 * Stacks its inputs: [C1,H,W], [C2,H,W], ... -> [C1+C2+...,H,W]. Matches torch.cat(dim=0).
 * @throws EsrganError "bad-input" if there is no input or their heights or widths differ
 */
export const concatChannels: Op<Record<string, never>> = {
  name: NAME,
  outputShape,
  flops: () => 0,
};

function outputShape(inputs: readonly Shape[]): Shape {
  const first = inputs[0];
  if (!first) throw badInputs(NAME, inputs, "one or more");
  let channels = 0;
  for (const input of inputs) {
    requireShape(NAME, input);
    if (input.height !== first.height || input.width !== first.width) {
      throw badInputs(NAME, inputs, `heights of ${first.height} and widths of ${first.width}`);
    }
    channels += input.channels;
  }
  return { channels, height: first.height, width: first.width };
}
