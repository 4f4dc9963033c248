// Upscalers and devices of one test, which are destroyed after it. Owns no expectations.

import { afterEach } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { type OpenedDevice, openDevice } from "../../src/node/index.js";
import { deviceName } from "../../src/plan/tuning.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { type BufferCount, countBuffers } from "./buffers.js";
import { softwareDevice } from "./device.js";

export const MODEL = modelOf(compactWeights({ scale: 2, blocks: 2 }));
// Enough dispatches for several submits of the first run, before speed is known.
export const LONG = modelOf(compactWeights({ scale: 2, blocks: 320, features: 4 }));

const made: { destroy: () => void }[] = [];

/** Destroyed after the test. */
export function owned<T extends { destroy: () => void }>(each: T): T {
  made.push(each);
  return each;
}

// None of these tests is about kernels, so all have the one that compiles fastest, as if it had been measured.
const FORMS = [1, 2, 3].map((shuffle) => ({ kernel: 3, upsample: 1, shuffle }));

export async function upscalerFor(device: GPUDevice, model = MODEL): Promise<Upscaler> {
  const choices = FORMS.map((form) => ({ form, variant: { kind: "plain" } as const, measured: [] }));
  const tuning = { version: 1, device: deviceName(capabilitiesOf(device)), storage: "f32", choices } as const;
  return owned(await createUpscaler(device, { model, tuning }));
}

/** A device that a test may lose. */
export async function ownDevice(): Promise<OpenedDevice> {
  await softwareDevice(); // skips the test where there is none
  return owned(await openDevice({ adapter: process.env.ESRGAN_TEST_ADAPTER ?? "swiftshader" }));
}

/** Counts the device's buffers until the test is over. */
export function counted(device: GPUDevice): BufferCount {
  const count = countBuffers(device);
  owned({ destroy: count.stop });
  return count;
}

afterEach(() => {
  for (const each of made.splice(0)) each.destroy();
});
