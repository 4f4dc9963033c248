// Networks of residual blocks, as implementations save them: pictures of extreme form against the CPU.

import { describe } from "vitest";
import { readModel } from "../../src/models/model.js";
import { IMPLEMENTATIONS, savedWeights } from "../cases/implementations.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { itIsAsOnTheCpu } from "./upscaled.js";

// A mean and residual blocks; a bilinear picture that is added. What else the others are made of, other tests run.
const NAMES = ["EDSR-PyTorch x3 of pictures of 0 to 1", "KAIR's MSRResNet x2"];

describe.each(NAMES)("%s", (name) => {
  const { stated, ...saved } = IMPLEMENTATIONS.find((each) => each.name === name)!;
  const file = serializeSafetensors(savedWeights({ stated, ...saved }));

  itIsAsOnTheCpu(() => readModel(file, { stated }));
});
