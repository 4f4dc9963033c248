import { describe, expect, it } from "vitest";
import { upsampleNearest } from "../../src/ops/upsample-nearest.js";
import { upsampleNearestCases } from "../cases/upsample-nearest.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("upsample-nearest", () => {
  itMatchesPyTorch(upsampleNearestCases);

  const input = { channels: 3, height: 5, width: 7 };

  it("costs nothing", () => {
    expect(upsampleNearest.flops([input], { factor: 2 })).toBe(0);
  });

  itRefuses(
    upsampleNearest,
    [0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY].map((factor) => ({
      inputs: [input],
      attributes: { factor },
      message: `upsample-nearest got factor ${factor}, expected a positive integer`,
    })),
  );
});
