// Networks of residual blocks, as implementations save them: pictures of extreme form against the CPU.

import { describe, expect, it } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { readModel } from "../../src/models/model.js";
import { IMPLEMENTATIONS, savedWeights } from "../cases/implementations.js";
import { randomPicture } from "../cases/random.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { largestDifference, PATIENCE_MS, upscaled } from "./upscaled.js";

// A mean and residual blocks; a bilinear picture that is added. What else the others are made of, other tests run.
const NAMES = ["EDSR-PyTorch x3 of pictures of 0 to 1", "KAIR's MSRResNet x2"];

describe.each(NAMES)("%s", (name) => {
  const { stated, ...saved } = IMPLEMENTATIONS.find((each) => each.name === name)!;
  const file = serializeSafetensors(savedWeights({ stated, ...saved }));

  it.each([
    [1, 1, 3, 8],
    [3, 257, 3, 8],
    [9, 7, 1, 16],
  ] as const)(
    "%ix%i pixels, %i channels of %i bits, as on the CPU",
    async (width, height, channels, bits) => {
      const model = await readModel(file, { stated });
      const source = randomPicture(width, height, channels, bits);
      const limit = bits === 8 ? 1 : 4;
      expect(largestDifference(await upscaled(model, source), upscaleOnCpu(model, source))).toBeLessThanOrEqual(limit);
    },
    PATIENCE_MS,
  );
});
