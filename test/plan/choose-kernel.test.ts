import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import {
  type ConvForm,
  type ConvVariant,
  convOutBlocks,
  needsOf,
  packingOf,
  supports,
  tilingOf,
} from "../../src/ops/conv2d.kernels.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import {
  CONV_RULES,
  canRun,
  chooseConv,
  choosePrecision,
  kernelReason,
  variantsFor,
} from "../../src/plan/choose-kernel.js";
import type { Storage } from "../../src/shaders/kernel.js";

const GPU: DeviceCapabilities = { ...DEFAULT_CAPABILITIES, vendor: "acme", architecture: "one" };
const SOFTWARE: DeviceCapabilities = { ...DEFAULT_CAPABILITIES, kind: "software", description: "llvmpipe" };
const SWIFTSHADER: DeviceCapabilities = {
  ...SOFTWARE,
  description: "SwiftShader Device (Subzero)",
  subgroupMinSize: 4,
};

describe("choosePrecision", () => {
  it.each([
    ["auto", GPU, "f32", "f32", "the device has no shader-f16"],
    ["auto", { ...GPU, shaderF16: true }, "f16", "f16", "the device has shader-f16, which halves memory"],
    ["auto", { ...SOFTWARE, shaderF16: true }, "f32", "f32", "a software adapter computes in f32 anyway"],
    ["f32", { ...GPU, shaderF16: true }, "f32", "f32", "f32 was asked for"],
    ["f16", { ...GPU, shaderF16: true }, "f16", "f16", "f16 was asked for"],
    ["f16", GPU, "f16", "packed-f16", "without shader-f16 halves are stored packed in u32"],
    ["f16", SOFTWARE, "f16", "packed-f16", "a software adapter loads halves packed in u32 by two"],
    ["f16", { ...SOFTWARE, shaderF16: true }, "f16", "packed-f16", "a software adapter loads halves packed"],
  ] as const)("%s on %o", (requested, device, precision, storage, reason) => {
    const choice = choosePrecision(requested, device);
    expect(choice).toMatchObject({ precision, storage });
    expect(choice.why).toContain(reason);
  });

  it("says why these kernels", () => {
    const kernels = (device: DeviceCapabilities) => kernelReason(device, "f32", 0);
    expect(kernels(SWIFTSHADER)).toMatch(/^lanes share weights/);
    expect(kernelReason(SWIFTSHADER, "f32", 1e12)).toMatch(/^SwiftShader loads value by value/);
    expect(new Set([GPU, SOFTWARE, SWIFTSHADER].map(kernels)).size).toBe(3);
  });
});

const VENDORS: readonly DeviceCapabilities[] = [
  GPU,
  SOFTWARE,
  SWIFTSHADER,
  { ...GPU, vendor: "amd" },
  { ...GPU, vendor: "intel", architecture: "gen-12lp" },
  { ...GPU, vendor: "qualcomm", architecture: "adreno-7xx" },
  { ...GPU, vendor: "qualcomm", architecture: "adreno-6xx" },
  { ...GPU, vendor: "arm", architecture: "valhall" },
  { ...GPU, vendor: "apple", architecture: "metal-3" },
  { ...GPU, vendor: "nvidia", architecture: "ampere" },
];
const DEVICES = VENDORS.flatMap((device) =>
  [false, true].flatMap((shaderF16) =>
    [
      [0, 0, false],
      [4, 4, false],
      [8, 8, false],
      [8, 32, true],
      [16, 32, true],
      [32, 64, true],
    ].map(([subgroupMinSize, subgroupMaxSize, subgroupSizeControl]) => ({
      ...device,
      shaderF16,
      ...({ subgroupMinSize, subgroupMaxSize, subgroupSizeControl } as SubgroupCapabilities),
    })),
  ),
);
type SubgroupCapabilities = Pick<DeviceCapabilities, "subgroupMinSize" | "subgroupMaxSize" | "subgroupSizeControl">;
const STORAGES: readonly Storage[] = ["f32", "f16", "packed-f16"];
const FLOPS = [0, 5e10, 1e14];
const FORMS: readonly ConvForm[] = [1, 3, 5, 7].flatMap((kernel) =>
  [1, 2, 3, 4].flatMap((upsample) => [1, 2, 3, 4].map((shuffle) => ({ kernel, upsample, shuffle }))),
);

describe("chooseConv", () => {
  // One expectation each: many thousand take half a minute.
  it("gives every device a variant that can compute the convolution, with features it has", () => {
    const wrong: unknown[] = [];
    for (const device of DEVICES) {
      for (const storage of STORAGES.filter((each) => each !== "f16" || device.shaderF16)) {
        for (const [form, flops] of FORMS.flatMap((each) => FLOPS.map((work) => [each, work] as const))) {
          const variant = chooseConv(device, form, storage, flops);
          if (!supports(variant, form, storage) || !canRun(variant, device)) wrong.push({ device, form, variant });
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("falls back on the plain one alone where no other can", () => {
    const wrong: unknown[] = [];
    for (const device of DEVICES) {
      for (const storage of STORAGES) {
        const rule = CONV_RULES.find(({ when }) => when(device, storage, 0))!;
        for (const form of FORMS) {
          const fits = variantsFor(rule, form, storage).length > 0;
          const isPlain = chooseConv(device, form, storage, 0).kind === "plain";
          if (isPlain === fits) wrong.push({ device, storage, form });
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(chooseConv(GPU, { kernel: 3, upsample: 3, shuffle: 1 }, "f32", 0)).toEqual({ kind: "plain" });
  });

  it("has another kernel for each that a device refuses, down to the plain one", () => {
    const wrong: unknown[] = [];
    for (const device of DEVICES) {
      for (const storage of STORAGES.filter((each) => each !== "f16" || device.shaderF16)) {
        for (const form of FORMS) {
          const refused: ConvVariant[] = [];
          const isRefused = (variant: ConvVariant) => refused.some((each) => isDeepStrictEqual(each, variant));
          const next = () => chooseConv(device, form, storage, 0, isRefused);
          for (let variant = next(); variant.kind !== "plain"; variant = next()) {
            const isUsable = supports(variant, form, storage) && canRun(variant, device);
            if (isRefused(variant) || !isUsable || refused.length === 10) {
              wrong.push({ device, storage, form, variant });
              break;
            }
            refused.push(variant);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("puts the next smaller tile in the place of one that is refused", () => {
    const form: ConvForm = { kernel: 3, upsample: 1, shuffle: 1 };
    const refuse = (...names: string[]) =>
      chooseConv({ ...GPU, vendor: "nvidia" }, form, "f32", 0, (variant) => names.includes(tileOf(variant)));
    expect(tileOf(refuse())).toBe("direct 2x2x2 unrolled");
    expect(tileOf(refuse("direct 2x2x2 unrolled"))).toBe("direct 4x2x2 unrolled");
    const larger = ["direct 2x2x2 unrolled", "direct 4x2x2 unrolled"];
    expect(tileOf(refuse(...larger))).toBe("direct 2x2x1 unrolled");
    expect(tileOf(refuse(...larger, "direct 2x2x1 unrolled"))).toBe("direct 4x1x1 unrolled");
  });

  it("keeps its own tile where the other is refused", () => {
    const xe2: DeviceCapabilities = { ...GPU, vendor: "intel", shaderF16: true, subgroupMinSize: 16 };
    const form: ConvForm = { kernel: 3, upsample: 1, shuffle: 1 };
    const first = chooseConv(xe2, form, "f16", 0);
    expect(first).toMatchObject({ other: { pixelsX: 2, pixelsY: 1, channelBlocks: 3 } });
    const { other: _, ...own } = first as Extract<ConvVariant, { kind: "direct" }>;
    const next = chooseConv(xe2, form, "f16", 0, (variant) => isDeepStrictEqual(variant, first));
    expect(next).toEqual(own);
    expect(packingOf(next, form, 3).groupBlocks).toBe(1);
    const both = [first, own];
    const last = chooseConv(xe2, form, "f16", 0, (variant) => both.some((each) => isDeepStrictEqual(each, variant)));
    expect(tileOf(last)).toBe("direct 2x1x2 unrolled");
  });

  it("packs weights alike for small pictures and large, so that one copy serves both", () => {
    const wrong: unknown[] = [];
    for (const device of DEVICES) {
      for (const storage of STORAGES) {
        for (const form of FORMS) {
          const chosen = FLOPS.map((flops) => chooseConv(device, form, storage, flops));
          for (const outBlocks of [1, 2, 3, 4, 6, 8, 12]) {
            const packings = chosen.map((variant) => JSON.stringify(packingOf(variant, form, outBlocks)));
            if (new Set(packings).size > 1) wrong.push({ device, storage, form, packings });
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has a rule for every device, and a device for every rule", () => {
    const used = new Set<number>();
    for (const device of DEVICES) {
      for (const storage of STORAGES) {
        for (const flops of FLOPS) used.add(CONV_RULES.findIndex((rule) => rule.when(device, storage, flops)));
      }
    }
    expect([...used].sort((a, b) => a - b)).toEqual(CONV_RULES.map((_, index) => index));
  });

  it("serves the forms of an exception by that alone", () => {
    const old: DeviceCapabilities = { ...GPU, vendor: "qualcomm", architecture: "adreno-6xx" };
    const chosen = (kernel: number, upsample = 1) => chooseConv(old, { kernel, upsample, shuffle: 1 }, "f32", 0);
    expect(chosen(3)).toMatchObject({ rows: "looped", weights: "uniform", channelBlocks: 2 });
    expect(chosen(3, 2)).toMatchObject({ rows: "unrolled", weights: "uniform", channelBlocks: 1 });
    expect(chosen(5)).toMatchObject({ rows: "looped", weights: "uniform", channelBlocks: 1 });
    expect(chosen(9)).toEqual({ kind: "plain" });
  });

  it("spreads NVIDIA's pixels but where upsampling is not folded, and where one block has a large window", () => {
    const nvidia: DeviceCapabilities = { ...GPU, vendor: "nvidia" };
    const chosen = (kernel: number, upsample = 1) => chooseConv(nvidia, { kernel, upsample, shuffle: 1 }, "f32", 0);
    expect([1, 3, 5, 9].map((kernel) => chosen(kernel))).toEqual([
      expect.objectContaining({ pixelsX: 2, pixelsY: 1, channelBlocks: 7, columns: "spread" }),
      expect.objectContaining({ pixelsX: 2, pixelsY: 2, channelBlocks: 2, columns: "spread" }),
      expect.objectContaining({ pixelsX: 2, pixelsY: 2, other: { pixelsX: 2, pixelsY: 4, channelBlocks: 1 } }),
      chosen(5),
    ]);
    expect(chosen(3, 2)).toEqual(chosen(3));
    expect(chosen(5, 2)).toMatchObject({ pixelsX: 4, pixelsY: 2 });
    expect(chosen(5, 2)).not.toHaveProperty("columns");
    expect(chosen(1, 2)).not.toHaveProperty("columns");
  });

  it("pins Intel's subgroups to the smallest size alone, and to none without the feature", () => {
    const intel = (subgroupMinSize: number, subgroupSizeControl: boolean): DeviceCapabilities => ({
      ...GPU,
      vendor: "intel",
      subgroupMinSize,
      subgroupMaxSize: 32,
      subgroupSizeControl,
    });
    const pin = (device: DeviceCapabilities) =>
      needsOf(chooseConv(device, { kernel: 3, upsample: 1, shuffle: 1 }, "f32", 0)).pinnedSubgroup;
    expect([8, 16, 32].map((size) => pin(intel(size, true)))).toEqual([8, 16, undefined]);
    expect([8, 16, 32].map((size) => pin(intel(size, false)))).toEqual([undefined, undefined, undefined]);
  });

  it("does not take a GPU of an unknown architecture for the newest", () => {
    const adreno = (architecture: string) =>
      chooseConv({ ...GPU, vendor: "qualcomm", architecture }, { kernel: 3, upsample: 1, shuffle: 1 }, "f32", 0);
    expect(adreno("")).toEqual(adreno("adreno-6xx"));
    expect(adreno("adreno-8xx")).toEqual(adreno("adreno-7xx"));
    expect(adreno("adreno-7xx")).not.toEqual(adreno("adreno-6xx"));
  });

  it("keeps the variants of slow compilers short", () => {
    const variant = (device: DeviceCapabilities) =>
      chooseConv(device, { kernel: 3, upsample: 1, shuffle: 1 }, "f32", 0);
    expect(variant(SOFTWARE)).toMatchObject({ kind: "direct", rows: "looped" });
    expect(variant(SWIFTSHADER)).toMatchObject({ kind: "shared", rows: "rolling", lanes: 4 });
    expect(variant({ ...SOFTWARE, subgroupMinSize: 8 })).toMatchObject({ kind: "shared", rows: "rolling", lanes: 8 });
  });
});

describe("supports", () => {
  const direct = {
    kind: "direct",
    pixelsX: 4,
    pixelsY: 2,
    channelBlocks: 2,
    workgroupX: 8,
    workgroupY: 8,
    rows: "looped",
    math: "f32",
  } as const;
  it.each([
    [1, true],
    [2, true],
    [3, false],
    [4, false],
  ])("needs the first pixel of 4x2 on a source pixel: upsampling by %i", (upsample, expected) => {
    expect(supports({ kind: "plain" }, { kernel: 5, upsample, shuffle: 1 }, "f32")).toBe(true);
    expect(supports(direct, { kernel: 5, upsample, shuffle: 1 }, "f32")).toBe(expected);
  });

  it("spreads pixels along x only where each meets its taps at constant offsets", () => {
    const spread: ConvVariant = { ...direct, columns: "spread" };
    const other: ConvVariant = { ...direct, other: { pixelsX: 4, pixelsY: 2, channelBlocks: 3, columns: "spread" } };
    for (const variant of [spread, other]) {
      const can = (kernel: number, upsample: number) => supports(variant, { kernel, upsample, shuffle: 1 }, "f32");
      expect([can(5, 1), can(3, 2), can(5, 2), can(3, 4)]).toEqual([true, true, false, false]);
    }
  });

  it("computes in halves only what is stored in halves", () => {
    const half = { ...direct, rows: "unrolled", math: "f16" } as const;
    const form = { kernel: 3, upsample: 1, shuffle: 1 };
    expect(STORAGES.map((storage) => supports(half, form, storage))).toEqual([false, true, false]);
    expect(STORAGES.map((storage) => supports(direct, form, storage))).toEqual([true, true, true]);
  });
});

describe("canRun", () => {
  const workgroup = { pixelsX: 4, pixelsY: 2, channelBlocks: 2, workgroupX: 32, workgroupY: 2 };
  const direct = { kind: "direct", ...workgroup, rows: "unrolled", math: "f32" } as const;
  const shared = { kind: "shared", ...workgroup, rows: "rolling", math: "f32", lanes: 8 } as const;
  const lanes = (device: DeviceCapabilities, subgroupMinSize: number) => ({ ...device, subgroupMinSize });
  const sizes = (subgroupMinSize: number, subgroupMaxSize: number): DeviceCapabilities => ({
    ...GPU,
    subgroupMinSize,
    subgroupMaxSize,
    subgroupSizeControl: true,
  });
  const pinned = (subgroup: 8 | 32): ConvVariant => ({ ...direct, subgroup });
  it.each<[name: string, variant: ConvVariant, device: DeviceCapabilities, expected: boolean]>([
    ["plain on anything", { kind: "plain" }, GPU, true],
    ["direct on anything", direct, GPU, true],
    ["halves without shader-f16", { ...direct, math: "f16" }, GPU, false],
    ["halves with shader-f16", { ...direct, math: "f16" }, { ...GPU, shaderF16: true }, true],
    ["subgroups pinned without the feature", pinned(32), { ...lanes(GPU, 32), subgroupMaxSize: 32 }, false],
    ["subgroups pinned to the least", pinned(8), sizes(8, 32), true],
    ["subgroups pinned to the most", pinned(32), sizes(8, 32), true],
    ["subgroups pinned to less than the least", pinned(8), sizes(16, 32), false],
    ["subgroups pinned to more than the most", pinned(32), sizes(8, 16), false],
    ["8 lanes without subgroups", shared, SOFTWARE, false],
    ["8 lanes of a subgroup of 4", shared, lanes(SOFTWARE, 4), false],
    ["8 lanes of a subgroup of 8", shared, lanes(SOFTWARE, 8), true],
    ["8 lanes of a GPU, whose registers they spill", shared, lanes(GPU, 8), false],
  ])("%s", (_, variant, device, expected) => {
    expect(canRun(variant, device)).toBe(expected);
  });
});

describe("packingOf", () => {
  const workgroup = { workgroupX: 8, workgroupY: 8 };
  const pixels = { pixelsX: 2, pixelsY: 2 };
  const direct = { kind: "direct", ...workgroup, ...pixels, rows: "unrolled", math: "f32" } as const;
  const winograd = { kind: "winograd", ...workgroup, math: "f32" } as const;
  const shared = { kind: "shared", ...workgroup, ...pixels, rows: "rolling", math: "f32" } as const;
  const blocksOf = (variant: ConvVariant, outChannels: number, shuffle = 1) => {
    const form = { kernel: 3, upsample: 1, shuffle };
    expect(supports(variant, form, "f32")).toBe(true);
    return packingOf(variant, form, convOutBlocks(outChannels, shuffle)).groupBlocks;
  };

  it.each([
    [4, 24, 3],
    [4, 48, 4],
    [4, 56, 2],
    [4, 20, 1], // 5 blocks, which nothing up to 4 divides
    [4, 3, 1],
    [3, 24, 3],
    [3, 56, 2],
    [3, 64, 2],
    [2, 24, 2],
    [2, 12, 1],
  ])("gives an invocation the most of %i blocks that divide %i channels: %i", (channelBlocks, channels, expected) => {
    expect(blocksOf({ ...direct, channelBlocks }, channels)).toBe(expected);
    expect(blocksOf({ ...winograd, channelBlocks }, channels)).toBe(expected);
  });

  it("takes the other tile where that divides the output's blocks and its own does not", () => {
    const variant = { ...direct, channelBlocks: 2, other: { pixelsX: 1, pixelsY: 4, channelBlocks: 3 } };
    const tile = (outBlocks: number) => {
      const { pixelsX, pixelsY, workgroupX } = tilingOf(variant, outBlocks);
      return [pixelsX, pixelsY, blocksOf(variant, outBlocks * 4), workgroupX];
    };
    expect([1, 2, 3, 5, 6, 9].map(tile)).toEqual([
      [2, 2, 1, 8],
      [2, 2, 2, 8],
      [1, 4, 3, 8],
      [2, 2, 1, 8],
      [2, 2, 2, 8],
      [1, 4, 3, 8],
    ]);
    const form = { kernel: 5, upsample: 2, shuffle: 1 };
    expect(supports(variant, form, "f32")).toBe(false);
    expect(supports({ ...variant, other: { pixelsX: 4, pixelsY: 2, channelBlocks: 3 } }, form, "f32")).toBe(true);
  });

  it.each([
    [4, 48, 2, 4], // 12 channels for each of 4 phases: 12 blocks
    [3, 12, 2, 2], // 4 blocks
    [4, 27, 3, 3], // 9 blocks
    [4, 45, 3, 3], // 5 channels for each of 9 phases: 18 blocks
  ])("%i blocks, %i channels shuffled by %i: %i", (channelBlocks, channels, shuffle, expected) => {
    expect(blocksOf({ ...direct, channelBlocks }, channels, shuffle)).toBe(expected);
  });

  it("packs for lanes that share weights by their number alone", () => {
    for (const channels of [4, 12, 24, 32, 48, 56, 64]) {
      const groups = [2, 3, 4].map((channelBlocks) => blocksOf({ ...shared, channelBlocks, lanes: 8 }, channels));
      expect(new Set(groups)).toEqual(new Set([(channels / 4) % 2 === 0 ? 2 : 1]));
      expect(blocksOf({ ...shared, channelBlocks: 3, lanes: 4 }, channels)).toBe(1);
    }
  });
});

/** The kind, the pixels and blocks of an invocation, and how rows are computed. */
function tileOf(variant: ConvVariant): string {
  if (variant.kind !== "direct") return variant.kind;
  const { pixelsX, pixelsY, channelBlocks, rows } = variant;
  return `direct ${pixelsX}x${pixelsY}x${channelBlocks} ${rows}`;
}
