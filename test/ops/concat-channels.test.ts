import { describe, expect, it } from "vitest";
import { concatChannels } from "../../src/ops/concat-channels.js";
import { concatChannelsCases } from "../cases/concat-channels.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("concat-channels", () => {
  itMatchesPyTorch(concatChannelsCases);

  const input = { channels: 3, height: 5, width: 7 };

  it("costs nothing", () => {
    expect(concatChannels.flops([input, input], {})).toBe(0);
  });

  itRefuses(concatChannels, [
    { inputs: [], attributes: {}, message: "concat-channels got the inputs none, expected one or more" },
    {
      inputs: [input, { ...input, height: 4 }],
      attributes: {},
      message: "concat-channels got the inputs [3,5,7] and [3,4,7], expected heights of 5 and widths of 7",
    },
    {
      inputs: [input, input, { ...input, width: 8 }],
      attributes: {},
      message: "concat-channels got the inputs [3,5,7] and [3,5,7] and [3,5,8], expected heights of 5 and widths of 7",
    },
    {
      inputs: [input, { ...input, channels: 0 }],
      attributes: {},
      message: "concat-channels got the shape [0,5,7], expected positive integers",
    },
  ]);
});
