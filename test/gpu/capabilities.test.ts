// What is read of a device, on objects that say what some real ones do.

import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";

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

  it.each([
    ["mesa", "software", "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)", "software", "mesa"],
    ["mesa", "software", "Honeykrisp: Mesa 26.1.6", "gpu", "apple"],
    ["apple", "metal-3", "Apple M1", "gpu", "apple"],
    ["intel", "gen-12lp", "Intel open-source Mesa driver: Mesa 26.1.6", "gpu", "intel"],
  ])("takes %s %s, %s, for a %s of %s", (vendor, architecture, description, kind, expected) => {
    expect(capabilitiesOf(device({ vendor, architecture, description }))).toMatchObject({ kind, vendor: expected });
  });
});
