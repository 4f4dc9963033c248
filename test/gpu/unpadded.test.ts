// Convolutions without padding on the GPU against the graph as it was written, on the CPU.

import { describe } from "vitest";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import { unpadded } from "../cases/graphs.js";
import { type FusedCase, itMatches } from "./fused-case.js";

const C = "conv2d";
const UP = "upsample-nearest";

const CASES: readonly FusedCase[] = (
  [
    [1, 1],
    [1, 9],
    [9, 1],
    [31, 15],
    [33, 17],
    [64, 8],
    [3, 257],
  ] as const
).map((size) => ({
  name: size.join("x"),
  size,
  build: unpadded,
  runs: [C, C, C, C, C, UP, C, C, UP, C],
}));

const PLAIN = { chooseConv: (): ConvVariant => ({ kind: "plain" }) };

describe("plain", () => itMatches(CASES, PLAIN));
describe("the device's own variants", () => itMatches(CASES));
describe("plain, packed f16", () => itMatches(CASES, { ...PLAIN, storage: "packed-f16" }));
