import { describe, expect, it } from "vitest";
import { requireTensor, WeightTensor } from "../../src/weights/tensor-map.js";

describe("requireTensor", () => {
  const weight = new WeightTensor("conv.weight", [2, 1], Uint16Array.of(0x3c00, 0xc000));
  const map = { tensors: new Map([[weight.name, weight]]), metadata: {} };

  it("gets a tensor and its values", () => {
    expect(requireTensor(map, "conv.weight", [2, 1])).toBe(weight);
    expect(weight.dtype).toBe("f16");
    expect([...weight.floats()]).toEqual([1, -2]);
  });

  it.each([
    ["conv.bias", [2], "Tensor conv.bias is missing, expected [2]"],
    ["toString", [2], "Tensor toString is missing, expected [2]"],
    ["conv.weight", [1, 2], "Tensor conv.weight has shape [2,1], expected [1,2]"],
    ["conv.weight", [2], "Tensor conv.weight has shape [2,1], expected [2]"],
    ["conv.weight", [2, 1, 1], "Tensor conv.weight has shape [2,1], expected [2,1,1]"],
  ])("refuses %s as %o", (name, shape, message) => {
    expect(() => requireTensor(map, name, shape)).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });
});
