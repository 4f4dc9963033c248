// Convolutions by subgroup matrices: who can run them, and that nobody gets them. wgsl_reflect does not know their types, so their
// bindings are held by Dawn alone, where test/gpu/subgroup-matrix.test.ts runs them.

import { describe, expect, it } from "vitest";
import { fuse } from "../../src/graph/fuse.js";
import { type ConvForm, packingOf, supports } from "../../src/ops/conv2d.kernels.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import { CONV_RULES, canRun, chooseConv, variantsOf } from "../../src/plan/choose-kernel.js";
import { planExecution } from "../../src/plan/execution-plan.js";
import { candidates } from "../../src/plan/tuning.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { RandomGraph } from "../cases/graphs.js";
import { MATRIX_VARIANTS } from "../cases/matrix-variants.js";

const FORM: ConvForm = { kernel: 3, upsample: 1, shuffle: 1 };
const STORAGES: readonly Storage[] = ["f32", "f16", "packed-f16"];

const GPU: DeviceCapabilities = {
  ...DEFAULT_CAPABILITIES,
  shaderF16: true,
  subgroupMinSize: 8,
  subgroupMaxSize: 32,
  subgroupSizeControl: true,
  subgroupMatrices: MATRIX_VARIANTS.map(({ m, n, k }) => ({ m, n, k })),
};

describe("canRun", () => {
  const variant = MATRIX_VARIANTS.find(({ subgroup }) => subgroup === 16)!;
  it.each<[name: string, device: DeviceCapabilities, expected: boolean]>([
    ["with everything", GPU, true],
    ["without the feature", { ...GPU, subgroupMatrices: [] }, false],
    ["with another size alone", { ...GPU, subgroupMatrices: [{ m: 16, n: 8, k: 16 }] }, false],
    ["without shader-f16", { ...GPU, shaderF16: false }, false],
    ["with subgroups that cannot be pinned", { ...GPU, subgroupSizeControl: false }, false],
    ["with smaller subgroups", { ...GPU, subgroupMaxSize: 8 }, false],
  ])("%s", (_, device, expected) => {
    expect(canRun(variant, device)).toBe(expected);
  });

  it("is no default's, as none has the feature", () => {
    for (const each of MATRIX_VARIANTS) expect(canRun(each, DEFAULT_CAPABILITIES)).toBe(false);
  });
});

describe("subgroup matrices", () => {
  it("are nobody's choice and no candidate, until they were measured", () => {
    expect(variantsOf(CONV_RULES).filter(({ kind }) => kind === "subgroup-matrix")).toEqual([]);
    for (const vendor of ["amd", "intel", "nvidia", "apple", "mesa", "acme"]) {
      for (const kind of ["gpu", "software"] as const) {
        for (const storage of STORAGES) {
          const device = { ...GPU, vendor, kind };
          const kinds = candidates(device, FORM, storage).map((variant) => variant.kind);
          expect([chooseConv(device, FORM, storage, 1e12).kind, ...kinds]).not.toContain("subgroup-matrix");
        }
      }
    }
  });

  it.each(MATRIX_VARIANTS)("of $m x $n x $k compute halves alone, and nothing upsampled", (variant) => {
    expect(STORAGES.map((storage) => supports(variant, FORM, storage))).toEqual([false, true, false]);
    expect(supports(variant, { ...FORM, shuffle: 2 }, "f16")).toBe(true);
    expect(supports(variant, { ...FORM, upsample: 2 }, "f16")).toBe(false);
  });

  it.each([
    [16, 8],
    [12, 4],
    [18, 6], // one matrix and a half
    [1, 1],
  ])("of %i blocks of output channels are whole where they can be: groups of %i", (outBlocks, groupBlocks) => {
    const variant = MATRIX_VARIANTS.find(({ n }) => n === 16)!;
    expect(packingOf(variant, FORM, outBlocks)).toMatchObject({ groupBlocks, matrix: { inputs: 16, outputs: 16 } });
  });

  it.each(MATRIX_VARIANTS)("of $m x $n x $k fit the 16 KiB of workgroup memory that every device has", (variant) => {
    const model = new RandomGraph(1);
    const graph = model.build(model.conv(model.input(64), 64, { kernel: 5 }));
    const request = { width: 16, height: 16, storage: "f16", device: GPU, io: { kind: "tensor" } } as const;
    const { pipelines } = planExecution(fuse(graph), { ...request, chooseConv: () => variant });
    const code = pipelines.map((each) => each.code).find((text) => text.includes("subgroupMatrixLoad"))!;
    const bytes = [...code.matchAll(/var<workgroup> \w+: array<f(\d+), (\d+)>/g)].map(
      ([, bits, count]) => (Number(bits) / 8) * Number(count),
    );
    expect(bytes).toHaveLength(2);
    expect(bytes[0]! + bytes[1]!).toBeLessThanOrEqual(16_384);
  });

  it.each(MATRIX_VARIANTS)(
    "of $m x $n x $k give no two things of a kernel one name, also where it stores a picture",
    (variant) => {
      const model = new RandomGraph(1);
      const graph = model.build(model.conv(model.conv(model.input(3), 8), 3));
      const source = { kind: "packed", channels: 3, bits: 8 } as const;
      const io = { kind: "picture", source, bits: 8, gray: false } as const;
      const request = { width: 16, height: 16, storage: "f16", device: GPU, io } as const;
      const { pipelines } = planExecution(fuse(graph), { ...request, chooseConv: () => variant });
      const texts = pipelines.map(({ code }) => code).filter((code) => code.includes("subgroupMatrixLoad"));
      expect(texts).toHaveLength(2);
      for (const code of texts) {
        const names = [...code.matchAll(/^(?:@group.*)?(?:fn|const|alias|struct|var(?:<[^>]*>)?) (\w+)/gm)].map(
          ([, name]) => name,
        );
        expect(names).toContain("inputTile");
        expect(new Set(names).size).toBe(names.length);
      }
    },
  );
});
