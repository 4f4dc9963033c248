import { describe, expect, it } from "vitest";
import { type PackedWeights, weightParts } from "../../src/ops/conv2d-variants/weight-parts.js";

/** The weights of a 3x3 convolution in f32 whose invocations compute 8 channels. */
function packed(inChannels: number, outChannels: number, bytes = 4): PackedWeights {
  return {
    byteLength: inChannels * outChannels * 9 * bytes,
    groups: outChannels / 8,
    phases: 1,
    rows: 3 * (inChannels / 4),
  };
}

describe("weightParts", () => {
  it("is one piece of storage unless uniforms are wanted", () => {
    const whole = packed(64, 64);
    expect(weightParts("storage", whole, "f32")).toEqual({
      space: "storage",
      type: undefined,
      groups: 8,
      parts: [{ firstGroup: 0, offset: 0, byteLength: whole.byteLength }],
    });
  });

  it.each([
    ["64->64, f32", packed(64, 64), "f32", 2, 4],
    ["64->64, f16", packed(64, 64, 2), "f16", 4, 2],
    ["192->64, f32", packed(192, 64), "f32", 1, 8],
    ["64->8, which is whole", packed(64, 8), "f32", 1, 1],
    ["224->8, just within 64 KiB", packed(224, 8), "f32", 1, 1],
  ] as const)("%s", (_, weights, storage, groups, count) => {
    const { space, type, parts, ...rest } = weightParts("uniform", weights, storage);
    expect({ space, count: parts.length, groups: rest.groups }).toEqual({ space: "uniform", count, groups });
    const [, vectors, rows] = /^array<array<vec4[fu], (\d+)>, (\d+)>$/.exec(type!)!;
    expect(Number(rows)).toBe(groups * weights.rows);
    let end = 0;
    for (const [index, { firstGroup, offset, byteLength }] of parts.entries()) {
      expect([firstGroup, offset]).toEqual([index * groups, end]);
      expect(offset % 256).toBe(0);
      expect(byteLength).toBe(16 * Number(vectors) * Number(rows));
      expect(byteLength).toBeLessThanOrEqual(65_536);
      end += byteLength;
    }
    expect(end).toBe(weights.byteLength);
  });

  it("binds halves as words", () => {
    expect(weightParts("uniform", packed(64, 64, 2), "f16").type).toMatch(/vec4u/);
    expect(weightParts("uniform", packed(64, 64, 2), "packed-f16").type).toMatch(/vec4u/);
    expect(weightParts("uniform", packed(64, 64), "f32").type).toMatch(/vec4f/);
  });

  it.each([
    ["one group is larger than 64 KiB", packed(228, 16)],
    ["no part but the whole begins at a multiple of 256", { ...packed(228, 16), byteLength: 2 * 40_064 + 128 }],
    ["rows are no whole vectors", { byteLength: 24, groups: 1, phases: 1, rows: 3 }],
  ])("falls back on storage where %s", (_, weights) => {
    expect(weightParts("uniform", weights, "f32").space).toBe("storage");
  });

  it("takes one part or none where a uniform is to hold all", () => {
    expect(weightParts("whole-uniform", packed(64, 28), "f32")).toEqual(weightParts("uniform", packed(64, 28), "f32"));
    expect(weightParts("uniform", packed(64, 32), "f32").parts).toHaveLength(2);
    expect(weightParts("whole-uniform", packed(64, 32), "f32")).toEqual(weightParts("storage", packed(64, 32), "f32"));
    const folded = { byteLength: 16 * 4096, groups: 16, phases: 4, rows: 32 };
    expect(weightParts("whole-uniform", folded, "f32")).toMatchObject({ space: "uniform", groups: 16 });
  });

  it("keeps the phases of a folded upsampling together", () => {
    const weights = { byteLength: 16 * 8192, groups: 16, phases: 4, rows: 32 };
    expect(weightParts("uniform", weights, "f32").groups).toBe(8);
    expect(weightParts("uniform", { ...weights, byteLength: 16 * 20_480 }, "f32").space).toBe("storage");
  });
});
