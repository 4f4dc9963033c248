import { describe, expect, it } from "vitest";
import { type ConvForm, type ConvVariant, needsOf } from "../../src/ops/conv2d.kernels.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import { canRun, chooseConv } from "../../src/plan/choose-kernel.js";
import { candidates, deviceName, type TuningTable, tunedChooser } from "../../src/plan/tuning.js";

const FORM: ConvForm = { kernel: 3, upsample: 1, shuffle: 1 };

function gpu(vendor: string, architecture: string, [least, most] = [0, 0]): DeviceCapabilities {
  return {
    ...DEFAULT_CAPABILITIES,
    vendor,
    architecture,
    shaderF16: true,
    subgroupMinSize: least,
    subgroupMaxSize: most,
    subgroupSizeControl: most > 0,
  };
}

const GPUS = [
  gpu("intel", "gen-12lp", [8, 32]),
  gpu("intel", "xe-2hpg", [16, 32]),
  gpu("qualcomm", "adreno-7xx"),
  gpu("qualcomm", "adreno-6xx"),
  gpu("arm", "valhall"),
  gpu("apple", "metal-3", [32, 32]),
  gpu("nvidia", "ampere", [32, 32]),
  gpu("amd", "rdna-3", [32, 64]),
  gpu("acme", "one", [8, 64]),
];

describe("candidates", () => {
  it.each(GPUS)("of $vendor $architecture begin with its own choice and can run there, each once", (device) => {
    for (const storage of ["f32", "f16", "packed-f16"] as const) {
      const all = candidates(device, FORM, storage);
      expect(all[0]).toEqual(chooseConv(device, FORM, storage, 0));
      expect(new Set(all.map((variant) => JSON.stringify(variant))).size).toBe(all.length);
      for (const variant of all) expect(canRun(variant, device)).toBe(true);
    }
  });

  it.each([
    ["intel", [8, 32], [8, undefined]],
    ["intel", [16, 32], [16, undefined]],
    ["acme", [8, 64], [undefined]],
    ["amd", [32, 64], [32, undefined]],
  ] as const)("of %s with subgroups of %j pin them to %j alone", (vendor, sizes, pins) => {
    const found = candidates(gpu(vendor, "", [...sizes]), FORM, "f32").map((each) => needsOf(each).pinnedSubgroup);
    expect(new Set(found)).toEqual(new Set(pins));
  });

  it("of Intel hold no tile that its compiler spills, and no Winograd", () => {
    for (const storage of ["f32", "f16"] as const) {
      for (const variant of candidates(GPUS[0]!, FORM, storage)) {
        expect(variant.kind).toBe("direct");
        expect("pixelsX" in variant && variant.pixelsX * variant.pixelsY * variant.channelBlocks).toBeLessThanOrEqual(
          8,
        );
      }
    }
  });

  it.each(GPUS.slice(0, 2))("of $vendor $architecture in halves sum nothing in f32, which spills", (device) => {
    for (const kernel of [3, 5, 9]) {
      const found = candidates(device, { ...FORM, kernel }, "f16").map((variant) => needsOf(variant).math);
      expect(new Set(found)).toEqual(new Set(["f16"]));
    }
  });

  it("of a form with an exception are that exception's", () => {
    const old = GPUS[3]!;
    expect(candidates(old, { ...FORM, kernel: 5 }, "f32")).toHaveLength(1);
    expect(candidates(old, { ...FORM, kernel: 9 }, "f32")).toEqual([]);
  });
});

describe("tunedChooser", () => {
  it("has every candidate of every device still after the table was kept as JSON", () => {
    for (const device of GPUS) {
      for (const storage of ["f32", "f16"] as const) {
        for (const variant of candidates(device, FORM, storage)) {
          const choices = [{ form: FORM, variant, measured: [{ variant, ms: 1 }] }];
          const table: TuningTable = { version: 1, device: deviceName(device), storage, choices };
          const kept = JSON.parse(JSON.stringify(table)) as TuningTable;
          expect(tunedChooser(kept, device, storage)?.(FORM)).toEqual(variant);
        }
      }
    }
  });

  it("drops a choice whose other tile the library no longer has", () => {
    const xe2 = GPUS[1]!;
    const [variant] = candidates(xe2, FORM, "f16") as [Extract<ConvVariant, { kind: "direct" }>];
    const changed = { ...variant, other: { ...variant.other!, pixelsX: 4 } };
    const choices = [{ form: FORM, variant: changed, measured: [] }];
    const table: TuningTable = { version: 1, device: deviceName(xe2), storage: "f16", choices };
    expect(tunedChooser(table, xe2, "f16")?.(FORM)).toBeUndefined();
  });
});
