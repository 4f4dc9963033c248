// What is read of a device, on objects that say what some real ones do.

import { describe, expect, it } from "vitest";
import { capabilitiesOf, deviceRequirements } from "../../src/gpu/capabilities.js";

function device(info: Partial<GPUAdapterInfo>, features: readonly string[] = []): GPUDevice {
  return { limits: {}, features: new Set(features), adapterInfo: info } as unknown as GPUDevice;
}

const SIZES = { subgroupMinSize: 8, subgroupMaxSize: 32 };

describe("capabilitiesOf", () => {
  it.each([
    [[], 0, 0, false],
    [["subgroup-size-control"], 0, 0, false],
    [["subgroups"], 8, 32, false],
    [["subgroups", "subgroup-size-control"], 8, 32, true],
  ])("with the features %j has subgroups of %i to %i, pinned or not: %s", (features, least, most, control) => {
    const found = capabilitiesOf(device({ vendor: "intel", ...SIZES }, features));
    expect(found).toMatchObject({
      subgroupMinSize: least,
      subgroupMaxSize: most,
      subgroupSizeControl: control,
    });
  });

  const matrices = ["f16 f16 8 16 16", "f16 f32 8 16 16", "i8 i32 8 16 32", "f16 f32 16 16 16"].map((config) => {
    const [componentType, resultComponentType, M, N, K] = config.split(" ") as [string, string, string, string, string];
    return { componentType, resultComponentType, M: Number(M), N: Number(N), K: Number(K) };
  });
  const expected = [
    { m: 8, n: 16, k: 16 },
    { m: 16, n: 16, k: 16 },
  ];

  it("has the matrices of halves summed in f32, of the device's information or of the adapter's", () => {
    const info = { subgroupMatrixConfigs: matrices } as Partial<GPUAdapterInfo>;
    const feature = "chromium-experimental-subgroup-matrix";
    expect(capabilitiesOf(device(info, [feature])).subgroupMatrices).toEqual(expected);
    expect(capabilitiesOf(device({}, [feature]), info).subgroupMatrices).toEqual(expected);
    expect(capabilitiesOf(device({}, [feature])).subgroupMatrices).toEqual([]);
    expect(capabilitiesOf(device(info)).subgroupMatrices).toEqual([]);
  });

  it.each([
    ["mesa", "software", "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)", "software", "mesa"],
    ["mesa", "software", "Honeykrisp: Mesa 26.1.6", "gpu", "apple"],
    ["apple", "metal-3", "Apple M1", "gpu", "apple"],
    ["intel", "gen-12lp", "Intel open-source Mesa driver: Mesa 26.1.6", "gpu", "intel"],
  ])("takes %s %s, %s, for a %s of %s", (vendor, architecture, description, kind, expected) => {
    expect(capabilitiesOf(device({ vendor, architecture, description }))).toMatchObject({ kind, vendor: expected });
  });
});

describe("deviceRequirements", () => {
  it("asks for what is used alone, and for no experiments", () => {
    const features = new Set(["shader-f16", "timestamp-query", "chromium-experimental-subgroup-matrix"]);
    const limits = { maxBufferSize: 1, maxStorageBufferBindingSize: 2 };
    const { requiredFeatures } = deviceRequirements({ features, limits } as unknown as GPUAdapter);
    expect(requiredFeatures).toEqual(["shader-f16"]);
  });

  it("says so where there is no adapter", () => {
    const wanted = { code: "bad-input", message: "deviceRequirements takes a GPUAdapter, got null" };
    expect(() => deviceRequirements(null as unknown as GPUAdapter)).toThrow(expect.objectContaining(wanted));
  });
});
