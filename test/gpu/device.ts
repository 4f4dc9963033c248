// WebGPU devices for tests, one of a kind a test file. Owns which adapter tests use, and the rule that a WebGPU error which nobody caught
// fails the test it happened in. ESRGAN_TEST_ADAPTER names another adapter than SwiftShader to run everything on.
import { afterAll, afterEach, TestRunner } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { listAdapters, type OpenDeviceOptions, type OpenedDevice, openDevice } from "../../src/node/index.js";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import { canRun } from "../../src/plan/choose-kernel.js";
import { noteNoHardware, noteNotRun } from "../not-run.js";

const opened = new Map<string, Promise<OpenedDevice | undefined>>();
const uncaught: string[] = [];

/** A device on SwiftShader, which every x64 Linux machine has; on others on whatever adapter there is. It may lack shader-f16. */
export async function softwareDevice(): Promise<GPUDevice> {
  const found = await shared("f32", async () => {
    const adapter = process.env.ESRGAN_TEST_ADAPTER;
    if (adapter !== undefined) return openDevice({ adapter });
    const names = (await listAdapters()).map((info) => info.name);
    if (names.length === 0) return undefined;
    return openDevice(names.some((name) => /swiftshader/i.test(name)) ? { adapter: "swiftshader" } : {});
  });
  if (found) return found.device;
  const why = "no WebGPU adapter was found";
  noteNotRun("tests on a WebGPU device", why);
  TestRunner.getCurrentTest()?.context.skip(why);
  throw new Error(why);
}

/** As softwareDevice, and not the GPU that ESRGAN_TEST_ADAPTER may name: there the test is skipped, and that is noted. */
export async function trulySoftwareDevice(): Promise<GPUDevice> {
  const device = await softwareDevice();
  if (capabilitiesOf(device).kind === "software") return device;
  const why = "ESRGAN_TEST_ADAPTER names a GPU";
  noteNoHardware("tests of how software adapters are treated", why);
  TestRunner.getCurrentTest()?.context.skip(why);
  throw new Error(why);
}

/** A device with shader-f16: a GPU's or Mesa's lavapipe. Where there is none, undefined: skip the test, it is noted. */
export async function f16Device(): Promise<GPUDevice | undefined> {
  const options: OpenDeviceOptions = { features: ["shader-f16"] };
  if (process.env.ESRGAN_TEST_ADAPTER !== undefined) options.adapter = process.env.ESRGAN_TEST_ADAPTER;
  const found = await shared("f16", () => openDevice(options).catch(() => undefined));
  if (!found) noteNotRun("tests with shader-f16", "no adapter has it (Debian: mesa-vulkan-drivers 25 or later)");
  return found?.device;
}

/** A device that can run the variant, which multiplies matrices by subgroup. Where there is none, undefined: skip the test. */
export async function matrixDeviceFor(variant: ConvVariant): Promise<GPUDevice | undefined> {
  const devices = await matrixDevices();
  if (devices.length === 0) {
    noteNoHardware("convolutions by subgroup matrices", "no adapter has them (Mesa's lavapipe does from 26 on)");
  }
  return devices.find(({ device, adapter }) => canRun(variant, capabilitiesOf(device, adapter.info)))?.device;
}

/** A device of each adapter that offers subgroup matrices. */
async function matrixDevices(): Promise<OpenedDevice[]> {
  const features = ["shader-f16", "chromium-experimental-subgroup-matrix" as GPUFeatureName] as const;
  const dawnOptions = ["enable-dawn-features=allow_unsafe_apis"];
  const named = process.env.ESRGAN_TEST_ADAPTER;
  const names = named === undefined ? new Set((await listAdapters()).map(({ name }) => name)) : [named];
  const found: OpenedDevice[] = [];
  for (const adapter of names) {
    const options = { adapter, features, dawnOptions };
    const opened = await shared(`matrices of ${adapter}`, () => openDevice(options).catch(() => undefined));
    if (opened) found.push(opened);
  }
  return found;
}

/** The uncaught errors so far, for a test that provokes them; they no longer fail it. */
export async function takeUncaughtErrors(): Promise<string[]> {
  for (const each of opened.values()) await (await each)?.device.queue.onSubmittedWorkDone();
  return uncaught.splice(0);
}

function shared(kind: string, open: () => Promise<OpenedDevice | undefined>): Promise<OpenedDevice | undefined> {
  let found = opened.get(kind);
  if (!found) {
    found = open();
    opened.set(kind, found);
    found.then(
      (each) => each?.device.addEventListener("uncapturederror", (event) => uncaught.push(event.error.message)),
      () => {},
    );
  }
  return found;
}

afterEach(async () => {
  const errors = await takeUncaughtErrors();
  if (errors.length > 0) throw new Error(`WebGPU reported errors that nobody caught:\n${errors.join("\n")}`);
});

afterAll(async () => {
  for (const each of opened.values()) (await each)?.destroy();
});
