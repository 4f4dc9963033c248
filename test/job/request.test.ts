import { describe, expect, it } from "vitest";
import { requestOf } from "../../src/job/request.js";
import { defaultOverlap } from "../../src/models/seams.js";
import { modelOf, rrdbWeights } from "../cases/networks.js";

describe("the overlap of a call", () => {
  const { network } = modelOf(rrdbWeights({ blocks: 23 }));

  it("is the network's own by default, and what was asked for otherwise", () => {
    expect(requestOf({}, network).overlap).toBe(defaultOverlap(network));
    expect(requestOf({ tile: { size: 64, overlap: 3 } }, network).overlap).toBe(3);
  });

  it("is a quarter of a small tile", () => {
    expect(requestOf({ tile: { size: 64 } }, network).overlap).toBe(16);
  });
});
