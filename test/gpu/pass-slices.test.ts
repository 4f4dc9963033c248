// Pictures recorded in slices over many encoders: the same bytes as in one, whatever happens to the input meanwhile.

import { describe, expect, it } from "vitest";
import type { PassOptions } from "../../src/job/pass-options.js";
import type { UpscalePass } from "../../src/job/upscale-pass.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { softwareDevice } from "./device.js";
import { encoded, inputOf, outputFor, passOf, rgba, smallUpscaler, submitted, wrongValues } from "./pass-run.js";
import { readTexture, TEXTURE, textureOf, writeTexels } from "./textures.js";

const RGBA8 = { input: "rgba8unorm", output: "rgba8unorm" } as const;
// Deep enough to have several dispatches, which the smallest slices take one by one.
const MODEL = modelOf(compactWeights({ scale: 2, blocks: 3, features: 4 }));

interface Run {
  readonly pass: UpscalePass;
  readonly from: GPUTexture;
  readonly to: GPUTexture;
}

/** Runs slice by slice, each in an encoder of its own; `afterFirst` once the first was submitted. Gives the progress after each. */
function sliced(device: GPUDevice, { pass, from, to }: Run, budgetMs: number, afterFirst = () => {}): number[] {
  const job = pass.begin(from, to);
  const progress: number[] = [];
  while (!job.done) {
    submitted(device, (encoder) => job.encodeSlice(encoder, budgetMs));
    progress.push(job.progress);
    if (progress.length === 1) afterFirst();
  }
  return progress;
}

async function runOf(options: PassOptions, memoryBudget?: number, alpha?: (pixel: number) => number) {
  const device = await softwareDevice();
  const owner = await smallUpscaler({ model: MODEL, memoryBudget });
  const source = rgba(options.width, options.height, alpha);
  const pass = await passOf(owner, options);
  const from = inputOf(device, source, options.input as GPUTextureFormat);
  return { device, owner, source, pass, from, to: outputFor(device, pass, options.output) };
}

const TINY = 1e-6; // one dispatch a slice

describe("slices", () => {
  it.each([
    ["one region", { width: 64, height: 48, ...RGBA8 }, undefined],
    ["one region in bands", { width: 64, height: 48, ...RGBA8, maxSliceMs: 0.01 }, undefined],
    [
      "one region, stored and copied",
      { width: 64, height: 48, input: "bgra8unorm-srgb", output: "rgba8unorm-srgb" },
      undefined,
    ],
    ["several regions", { width: 64, height: 48, ...RGBA8 }, 150_000],
    ["several regions of floats", { width: 64, height: 48, input: "rgba32float", output: "rgba32float" }, 180_000],
    ["several regions of -srgb", { width: 64, height: 48, input: "rgba8unorm-srgb", output: "rgba8unorm" }, 150_000],
  ] as [string, PassOptions, number | undefined][])(
    "of %s give what encode() and upscale() give, with the input overwritten after the first",
    async (name, options, memoryBudget) => {
      const { device, owner, source, pass, from, to } = await runOf(options, memoryBudget);
      expect(pass.plan.regions.length > 1).toBe(name.includes("several"));
      const wanted = await encoded(device, pass, from, to);
      const again = outputFor(device, pass, options.output);
      const overwrite = () => writeTexels(device, { texture: from }, rgba(64, 48, undefined, 2));
      const progress = sliced(device, { pass, from, to: again }, TINY, overwrite);
      expect(wrongValues(await readTexture(device, again), wanted)).toBe(0);
      if (!(wanted instanceof Float32Array)) {
        expect(wrongValues(wanted, (await owner.upscale(source)).data)).toBe(0);
      }
      // The smallest slices hold a dispatch each, and there is one for each layer at least.
      expect(progress).toHaveLength(pass.plan.regions.length * pass.plan.execution.dispatches.length);
      expect(progress.every((value, i) => value > (progress[i - 1] ?? 0))).toBe(true);
      expect(progress.at(-1)).toBe(1);
    },
  );

  it("read alpha as it was too", async () => {
    const options = { width: 64, height: 48, ...RGBA8, alpha: "straight" } as const;
    const { device, pass, from, to } = await runOf(options, undefined, (pixel) => pixel % 256);
    expect(pass.plan.regions).toHaveLength(1);
    const wanted = await encoded(device, pass, from, to);
    const again = outputFor(device, pass, "rgba8unorm");
    sliced(device, { pass, from, to: again }, TINY, () =>
      writeTexels(
        device,
        { texture: from },
        rgba(64, 48, () => 7),
      ),
    );
    expect(wrongValues(await readTexture(device, again), wanted)).toBe(0);
  });

  it("of 300x200 texels in bands and regions give what upscale() gives", async () => {
    const device = await softwareDevice();
    const model = modelOf(compactWeights({ scale: 2, blocks: 1 }));
    const owner = await smallUpscaler({ model, memoryBudget: 2 ** 22 });
    const source = rgba(300, 200);
    const pass = await passOf(owner, { width: 300, height: 200, ...RGBA8, maxSliceMs: 0.5 });
    expect(pass.plan.regions.length).toBeGreaterThan(1);
    expect(pass.bytes).toBeLessThanOrEqual(2 ** 22);
    // By the speed that was measured, half of the slice; or as few rows as the plain kernel's workgroups compute.
    const { execution, tile } = pass.plan;
    const isOneGroup = ({ workgroups }: { workgroups: readonly number[] }) => workgroups[1] === 1;
    expect(execution.dispatches.every((each) => each.flops <= tile.mostFlops! || isOneGroup(each))).toBe(true);
    expect(execution.dispatches.length).toBeGreaterThan(5);
    const [from, to] = [inputOf(device, source, "rgba8unorm"), outputFor(device, pass, "rgba8unorm")];
    const progress = sliced(device, { pass, from, to }, 0.05);
    expect(progress.length).toBeGreaterThan(1);
    expect(wrongValues(await readTexture(device, to), (await owner.upscale(source)).data)).toBe(0);
    expect(
      wrongValues(
        await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm")),
        await readTexture(device, to),
      ),
    ).toBe(0);
  });

  it("may share an encoder, and one slice may hold all", async () => {
    const { device, owner, source, pass, from, to } = await runOf({ width: 20, height: 12, ...RGBA8 });
    submitted(device, (encoder) => {
      const job = pass.begin(from, to);
      for (let slice = 0; slice < 3; slice++) job.encodeSlice(encoder, TINY);
      expect(job.done).toBe(false);
      job.encodeSlice(encoder, Number.POSITIVE_INFINITY);
      expect([job.done, job.progress]).toEqual([true, 1]);
      job.encodeSlice(encoder, 1); // records nothing
    });
    expect(wrongValues(await readTexture(device, to), (await owner.upscale(source)).data)).toBe(0);
  });

  it("of two passes may alternate", async () => {
    const runs = [await runOf({ width: 20, height: 12, ...RGBA8 }), await runOf({ width: 33, height: 9, ...RGBA8 })];
    const jobs = runs.map(({ pass, from, to }) => pass.begin(from, to));
    while (jobs.some(({ done }) => !done)) {
      submitted(runs[0]!.device, (encoder) => {
        for (const job of jobs) job.encodeSlice(encoder, TINY);
      });
    }
    for (const { device, owner, source, to } of runs) {
      expect(wrongValues(await readTexture(device, to), (await owner.upscale(source)).data)).toBe(0);
    }
  });
});

describe("a picture in slices", () => {
  const SUPERSEDED = {
    code: "bad-input",
    message: "The pass has begun another picture or was destroyed, so this one cannot go on",
  };

  it.each([
    ["begin()", ({ pass, from, to }: Run) => pass.begin(from, to)],
    [
      "encode()",
      ({ pass, from, to }: Run, device: GPUDevice) => submitted(device, (encoder) => pass.encode(encoder, from, to)),
    ],
    ["destroy()", ({ pass }: Run) => pass.destroy()],
  ])("ends with %s in its middle", async (_, interrupt) => {
    const { device, pass, from, to } = await runOf({ width: 20, height: 12, ...RGBA8 });
    const job = pass.begin(from, to);
    submitted(device, (encoder) => job.encodeSlice(encoder, TINY));
    interrupt({ pass, from, to }, device);
    const encoder = device.createCommandEncoder();
    expect(() => job.encodeSlice(encoder, 1)).toThrow(expect.objectContaining(SUPERSEDED));
    expect([job.done, job.progress < 1]).toEqual([false, true]);
    device.queue.submit([encoder.finish()]);
  });

  it("goes on after a begin() or encode() that was refused", async () => {
    const { device, owner, source, pass, from, to } = await runOf({ width: 20, height: 12, ...RGBA8 });
    const job = pass.begin(from, to);
    submitted(device, (encoder) => job.encodeSlice(encoder, TINY));
    expect(() => pass.begin(to, to)).toThrow(/^The input has 40x24 texels, expected 20x12$/);
    expect(() => pass.encode(device.createCommandEncoder(), from, from)).toThrow(/^The output has 20x12 texels/);
    submitted(device, (encoder) => job.encodeSlice(encoder, Number.POSITIVE_INFINITY));
    expect(wrongValues(await readTexture(device, to), (await owner.upscale(source)).data)).toBe(0);
  });

  it.each([0, -1, Number.NaN, "2" as unknown as number])("takes no budget of %j", async (budgetMs) => {
    const { device, pass, from, to } = await runOf({ width: 20, height: 12, ...RGBA8 });
    const encoder = device.createCommandEncoder();
    expect(() => pass.begin(from, to).encodeSlice(encoder, budgetMs)).toThrow(
      `budgetMs must be a positive number of milliseconds, got ${budgetMs}`,
    );
    device.queue.submit([encoder.finish()]);
  });

  it("may overwrite its own input, where a network does not change the size", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler({
      model: modelOf(compactWeights({ scale: 1, blocks: 1 })),
      memoryBudget: 100_000,
    });
    const source = rgba(64, 48);
    const pass = await passOf(owner, { width: 64, height: 48, ...RGBA8 });
    expect(pass.plan.regions.length).toBeGreaterThan(1);
    const both = textureOf(device, source, "rgba8unorm", TEXTURE.binding | TEXTURE.storage | TEXTURE.copySrc);
    expect(wrongValues(await encoded(device, pass, both, both), (await owner.upscale(source)).data)).toBe(0);
    both.destroy();
  });
});
