import { expect, it } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { createUpscaler, EsrganError, type TuningTable } from "../../src/index.js";
import { candidates } from "../../src/plan/tuning.js";
import { softwareDevice, trulySoftwareDevice } from "./device.js";

const PICTURE = {
  data: new Uint8Array(9 * 7 * 3).map((_, i) => (i * 37) % 256),
  width: 9,
  height: 7,
  channels: 3,
  bits: 8,
} as const;

it("leaves software adapters the built-in choices, and takes its own table back", async () => {
  const device = await trulySoftwareDevice();
  const upscaler = await createUpscaler(device);
  const before = upscaler.plan(9, 7);
  const table = await upscaler.tune();
  expect(table.choices).toEqual([]);
  expect(upscaler.plan(9, 7)).toEqual(before);
  const again = await createUpscaler(device, { tuning: JSON.parse(JSON.stringify(table)) });
  expect(again.plan(9, 7).steps).toEqual(before.steps);
  upscaler.destroy();
  again.destroy();
});

it("measures every candidate and uses the fastest that agrees with the plain kernel", {
  timeout: 240_000,
}, async () => {
  const device = await softwareDevice();
  const upscaler = await createUpscaler(device);
  const reference = await upscaler.upscale(PICTURE);
  const table = await upscaler.tune({ software: true, size: 16, budgetMs: 50 });
  for (const { form, variant, measured } of table.choices) {
    const wanted = candidates(capabilitiesOf(device), form, "f32");
    expect(new Set(measured.map((each) => JSON.stringify(each.variant)))).toEqual(
      new Set(wanted.map((each) => JSON.stringify(each))),
    );
    expect(measured.map((each) => each.refused)).toEqual(measured.map(() => undefined));
    expect(measured[0]?.variant).toEqual(variant);
    expect(measured[0]?.ms).toBeGreaterThan(0);
  }
  expect(table.choices.length).toBeGreaterThan(0);
  expect(upscaler.plan(9, 7).reason).toMatch(/as measured/);
  const tuned = await upscaler.upscale(PICTURE);
  const errors = tuned.data.map((value, i) => Math.abs(value - reference.data[i]!));
  expect(Math.max(...errors)).toBeLessThanOrEqual(1);
  upscaler.destroy();
});

it("refuses a table of another device, and what is none", async () => {
  const device = await softwareDevice();
  const upscaler = await createUpscaler(device);
  const table = await upscaler.tune();
  upscaler.destroy();
  const foreign: TuningTable = { ...table, device: "apple m9" };
  await expect(createUpscaler(device, { tuning: foreign })).rejects.toThrow(
    /table is of apple m9 with f32 storage, this is/,
  );
  const broken = createUpscaler(device, { tuning: {} as TuningTable });
  await expect(broken).rejects.toThrow(EsrganError);
});
