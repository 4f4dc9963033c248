// Owns the list of all cases, as tools/make-fixtures.py reads it.

import { activateCases } from "./activate.js";
import type { OpCase } from "./case.js";
import { concatChannelsCases } from "./concat-channels.js";
import { convTranspose2dCases } from "./conv-transpose2d.js";
import { conv2dCases } from "./conv2d.js";
import { imageToTensorCases } from "./image-to-tensor.js";
import { leakyReluCases } from "./leaky-relu.js";
import { pixelShuffleCases } from "./pixel-shuffle.js";
import { pixelUnshuffleCases } from "./pixel-unshuffle.js";
import { preluCases } from "./prelu.js";
import { resizeToSizeCases } from "./resize.js";
import { scaledAddCases } from "./scaled-add.js";
import { tensorToImageCases } from "./tensor-to-image.js";
import { upsampleNearestCases } from "./upsample-nearest.js";

/** Every case as JSON, by operation. */
export const caseList = {
  activate: activateCases.map(describe),
  "concat-channels": concatChannelsCases.map(describe),
  conv2d: conv2dCases.map(describe),
  "conv-transpose2d": convTranspose2dCases.map(describe),
  "leaky-relu": leakyReluCases.map(describe),
  "pixel-shuffle": pixelShuffleCases.map(describe),
  "pixel-unshuffle": pixelUnshuffleCases.map(describe),
  prelu: preluCases.map(describe),
  resize: resizeToSizeCases.map(describe),
  "scaled-add": scaledAddCases.map(describe),
  "upsample-nearest": upsampleNearestCases.map(describe),
  "image-to-tensor": imageToTensorCases.map(({ name, seed, picture, attributes }) => ({
    name,
    seed,
    spec: { picture, ...attributes },
  })),
  "tensor-to-image": tensorToImageCases.map(({ name, seed, input, attributes }) => ({
    name,
    seed,
    inputs: [input],
    spec: attributes,
  })),
};

function describe<A>({ name, seed, inputs, spec }: OpCase<A>) {
  return { name, seed, inputs, spec };
}
