// The field's first networks and what came before them: trained weights against PyTorch's pictures, tiles against one piece, pictures of
// extreme form against the CPU.

import { describe, expect, it } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { loadModel } from "../../src/models/bundled.js";
import { readPicture } from "../../src/node/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { releaseAll, upscale } from "../../src/upscale.js";
import { lumaWeights, modelOf } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { softwareDevice } from "./device.js";
import { itIsAsOnTheCpu, largestDifference, PATIENCE_MS, upscaled } from "./upscaled.js";

const golden = async (name: string): Promise<Pixels> =>
  (await readPicture(new URL(`../golden/${name}.png`, import.meta.url).pathname)).pixels;

const NAMES = ["srcnn-915-x3", "fsrcnn-s-x3", "espcn-x3", "vdsr-x2", "bicubic-x3", "bilinear-x4", "nearest-x4"];

describe("against PyTorch's pictures", () => {
  it.each(NAMES)(
    "%s",
    async (name) => {
      const source = await golden("tiny-37x23");
      const expected = await golden(`${name}.tiny-37x23`);
      expect(largestDifference(await upscaled(name, source), expected)).toBeLessThanOrEqual(1);
      expect(largestDifference(await upscaled(name, source, { precision: "f16" }), expected)).toBeLessThanOrEqual(2);
      expect(largestDifference(upscaleOnCpu(await loadModel(name), source), expected)).toBeLessThanOrEqual(1);
    },
    PATIENCE_MS,
  );
});

it(
  "srcnn-915-x3 run without padding gives PyTorch's picture",
  async () => {
    const source = await golden("tiny-37x23");
    const expected = await golden("srcnn-915-x3-valid.tiny-37x23");
    const model = await loadModel("srcnn-915-x3", { stated: { padding: "valid" } });
    expect(largestDifference(await upscaled(model, source), expected)).toBeLessThanOrEqual(1);
    expect(largestDifference(await upscaled(model, source, { precision: "f16" }), expected)).toBeLessThanOrEqual(2);
    expect(largestDifference(upscaleOnCpu(model, source), expected)).toBeLessThanOrEqual(1);
    // Which is another than with padding.
    expect(largestDifference(expected, await golden("srcnn-915-x3.tiny-37x23"))).toBeGreaterThan(2);
  },
  PATIENCE_MS,
);

it(
  "one file at several scales is several models",
  async () => {
    const device = await softwareDevice();
    const file = serializeSafetensors(lumaWeights("vdsr"));
    const source = randomPicture(5, 4);
    try {
      for (const scale of [2, 3, 2]) {
        const load = { stated: { scale: `${scale}` } };
        const { width } = await upscale(device, source, { model: file, load });
        expect(width).toBe(5 * scale);
      }
    } finally {
      await releaseAll(device);
    }
  },
  PATIENCE_MS,
);

describe.each([
  ["srcnn", {}],
  ["srcnn", { padding: "valid" }],
  ["fsrcnn", {}],
  ["espcn", {}],
  ["vdsr", {}],
] as const)("%s %o", (kind, metadata) => {
  const model = modelOf(lumaWeights(kind, { scale: 3, metadata }));

  it(
    "shows no seam between tiles that overlap as far as it looks",
    async () => {
      const source = randomPicture(45, 29, 3, 8);
      const whole = await upscaled(model, source);
      expect(largestDifference(await upscaled(model, source, { tile: { size: 20 } }), whole)).toBe(0);
    },
    PATIENCE_MS,
  );

  itIsAsOnTheCpu(() => model);

  it(
    "keeps gray gray",
    async () => {
      const gray = randomPicture(9, 7, 1, 8);
      const source = {
        ...gray,
        channels: 3 as const,
        data: Uint8Array.from({ length: 189 }, (_, i) => gray.data[Math.floor(i / 3)]!),
      };
      for (const precision of ["f16", undefined] as const) {
        const { data } = await upscaled(model, source, precision ? { precision } : {});
        expect(new Set(data).size).toBeGreaterThan(10);
        expect(data.filter((level, i) => level !== data[i - (i % 3)])).toHaveLength(0);
      }
    },
    PATIENCE_MS,
  );
});
