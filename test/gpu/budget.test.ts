// What is live at most, and that plans say so, where a call takes another way than the usual one.

import { describe, expect, it } from "vitest";
import { createUpscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf, swollen } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { opened } from "./counted-upscaler.js";
import { fakeGpu } from "./fake-gpu.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { TEXTURE, textureOf } from "./textures.js";
import { MODEL } from "./upscalers.js";

describe("tune() within a memory budget", () => {
  it.each([400_000, 2_000_000])("of %i bytes measures squares that fit it", async (memoryBudget) => {
    const { upscaler, memory } = await opened({ model: MODEL, memoryBudget });
    await upscaler.prepare(32, 24);
    const table = await upscaler.tune({ software: true, budgetMs: 1 });
    expect(table.choices.length).toBeGreaterThan(0);
    expect(memory.peakBytes()).toBeLessThanOrEqual(memoryBudget);
  });

  it("too small for any square leaves the forms to the table of devices", async () => {
    const { upscaler, memory } = await opened({ model: MODEL, memoryBudget: 60_000 });
    const table = await upscaler.tune({ software: true, budgetMs: 1 });
    expect(table.choices).toEqual([]);
    expect(memory.peakBytes()).toBeLessThanOrEqual(60_000);
  });
});

describe("f16 that is done over in f32", () => {
  const model = swollen(1e6);

  it.each([
    { channels: 3 },
    { channels: 4 },
    { channels: 4, alpha: "network" },
    { channels: 4, alpha: "network", scale: 1.3 },
    { channels: 3, scale: 1.5 },
  ] as const)("takes what the plan says: %j", async ({ channels, ...options }) => {
    for (const memoryBudget of [undefined, 700_000]) {
      const { upscaler, memory } = await opened({ model, precision: "f16", memoryBudget });
      const plan = upscaler.plan(40, 30, { channels, ...options });
      const notes: string[] = [];
      // It overflows in f32 too, or not: the memory is the same.
      await upscaler
        .upscale(randomPicture(40, 30, channels), { ...options, onNote: (note) => notes.push(note) })
        .catch(() => {});
      expect(notes.length).toBeGreaterThan(0);
      expect(plan.peakBytes).toBeLessThanOrEqual(upscaler.memoryBudget);
      expect(memory.peakBytes()).toBeLessThanOrEqual(plan.peakBytes);
      memory.stop();
    }
  });
});

describe("a resize that takes more than its share", () => {
  const model = modelOf(compactWeights({ scale: 3, blocks: 1, features: 4 }));

  it.each([0.1, 0.3, 1.7])("to %f keeps to the budget, or is refused", async (scale) => {
    let refused = 0;
    for (const memoryBudget of [60_000, 140_747, 300_000]) {
      const { upscaler, memory } = await opened({ model, memoryBudget });
      const call = upscaler.upscale(randomPicture(64, 48, 4), { scale });
      let planned: number;
      try {
        planned = upscaler.plan(64, 48, { channels: 4, scale }).peakBytes;
      } catch (error) {
        refused++;
        await expect(call).rejects.toThrow((error as Error).message);
        memory.stop();
        continue;
      }
      expect(planned).toBeLessThanOrEqual(memoryBudget);
      await call;
      expect(memory.peakBytes()).toBeLessThanOrEqual(planned);
      memory.stop();
    }
    expect(refused).toBeLessThan(3);
  });
});

describe("a texture whose alpha goes through the network", () => {
  it.each([{}, { scale: 1.3 }, { scale: 3 }])("takes what the plan says: %j", async (options) => {
    for (const memoryBudget of [undefined, 640_000]) {
      const { upscaler, memory, device } = await opened({ model: MODEL, memoryBudget });
      const source = randomPicture(50, 40, 4);
      const texture = kept(textureOf(device, source, "rgba8unorm", TEXTURE.binding));
      const plan = upscaler.plan(50, 40, { channels: 4, alpha: "network", output: "texture", ...options });
      const before = memory.peakBytes();
      const result = await upscaler.upscale(texture, { alpha: "network", ...options });
      const own = result.width * result.height * 4;
      expect(plan.peakBytes).toBeLessThanOrEqual(upscaler.memoryBudget);
      expect(memory.peakBytes() - before - own).toBeLessThanOrEqual(plan.peakBytes);
      result.destroy();
      memory.stop();
    }
  });
});

// Not each size with each depth: a device of its own compiles for seconds.
it.each([
  [1, 1, 8],
  [1, 1, 16],
  [3, 2, 16],
  [8, 8, 8],
  [15, 15, 16],
  [16, 16, 8],
] as const)(
  "trying the kernels for a first picture of %i x %i pixels of %i bits is planned for",
  async (width, height, bits) => {
    const first = await fakeGpu();
    const unbounded = kept(await createUpscaler(first.device, { model: MODEL, tuning: "off" }));
    const { peakBytes, weightBytes } = unbounded.plan(width, height, { bits });
    for (const memoryBudget of [peakBytes, Math.floor((peakBytes + weightBytes) / 2)]) {
      const { device } = await fakeGpu();
      const memory = countMemory(device);
      const upscaler = kept(await createUpscaler(device, { model: MODEL, tuning: "off", memoryBudget }));
      const call = upscaler.upscale(randomPicture(width, height, 3, bits));
      if (memoryBudget < peakBytes) await expect(call).rejects.toThrow("memory budget leaves");
      else await call;
      expect(memory.peakBytes()).toBeLessThanOrEqual(memoryBudget);
      memory.stop();
    }
  },
);
