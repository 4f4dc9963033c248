// The benchmark's harness on a device: that it times what is right, and nothing else.

import { beforeAll, describe, expect, it } from "vitest";
import { runBench } from "../../bench/harness/bench.js";
import { benchKernels } from "../../bench/harness/kernels.js";
import type { KernelRow, NetworkRow, Report, Row } from "../../bench/harness/row.js";
import { openSession } from "../../bench/harness/session.js";
import { SUBJECTS } from "../../bench/harness/subjects.js";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { loadModel } from "../../src/models/bundled.js";
import { softwareDevice } from "./device.js";

let device: GPUDevice;

beforeAll(async () => {
  device = await softwareDevice();
});

async function bench(
  suite: "kernels" | "networks",
  filter: string,
  more: { signal?: AbortSignal } = {},
): Promise<Report> {
  const heard: Row[] = [];
  const report = await runBench({
    device,
    suites: [suite],
    filter,
    quick: true,
    loadModel,
    library: { name: "esrgan-webgpu", version: "0" },
    command: "test",
    environment: {},
    onRow: (row) => heard.push(row),
    ...more,
  });
  expect(heard).toEqual(report.rows);
  return report;
}

/** Runs `action` with every shader text changed on its way to the device. What is compiled stays: use kernels no other test does. */
async function withShaders<T>(change: (code: string) => string, action: () => Promise<T>): Promise<T> {
  const original = device.createShaderModule;
  device.createShaderModule = (descriptor) => original.call(device, { ...descriptor, code: change(descriptor.code) });
  try {
    return await action();
  } finally {
    device.createShaderModule = original;
  }
}

describe("the kernel suite", () => {
  it("times a convolution's plain kernel and the default one, once they are right", async () => {
    const { rows, peaks, clock, adapter } = await bench("kernels", "conv2d 64->3 f32");
    const kernels = (rows as KernelRow[]).filter(({ shape }) => shape === "conv2d 64->3");
    expect(kernels.map(({ variant, isDefault, status }) => [variant.split(" ")[0], isDefault, status])).toEqual([
      ["plain", false, "timed"],
      [adapter.kind === "software" ? "shared" : "direct", true, "timed"],
    ]);
    for (const row of kernels) {
      if (row.status !== "timed") throw new Error("not timed");
      expect(row.parity.passed).toBe(true);
      expect(row.timing.samples.length).toBeGreaterThanOrEqual(3);
      expect(row.timing.median).toBeGreaterThan(0);
      expect(row.timing.gflops).toBeCloseTo(row.flops / row.timing.median / 1e6, 6);
      expect(row.gigabytesPerSecond).toBeCloseTo(row.bytes / row.timing.median / 1e6, 6);
      expect(row.roofShare).toBeGreaterThan(0);
    }
    expect(kernels[1]!.status === "timed" && kernels[1]!.parity.against).toMatch(
      /^CPU at 37x21, plain kernel at \d+x\d+$/,
    );
    expect(peaks.f32Gflops).toBeGreaterThan(0);
    expect(peaks.bandwidthGBs).toBeGreaterThan(0);
    expect(["wall", "timestamp-query"]).toContain(clock.kind);
    expect(adapter.kind).toBe(capabilitiesOf(device).kind);
  });

  it("times every operation that is no convolution", async () => {
    const session = await openSession({ device, quick: true, loadModel, onRow: () => {} });
    await benchKernels({ ...session, dispatchMs: 5, wants: (id) => !id.includes("conv2d") });
    const small = SUBJECTS.filter(({ op }) => op !== "conv2d");
    expect(session.rows.map(({ shape, status }) => `${shape} ${status}`)).toEqual(
      small.map(({ op, shape }) => `${op} ${shape} timed`),
    );
    for (const row of session.rows) expect(row).toMatchObject({ isDefault: true, flops: 0, parity: { passed: true } });
    session.destroy();
  });

  it("reports a kernel that is wrong, and does not time it", async () => {
    const change = (code: string) => code.replace("sum = affine[id.z]", "sum = 1.1 * affine[id.z]");
    // The only kernel here that stores shuffled: the device keeps no pipeline of it from before the change.
    const { rows } = await withShaders(change, () => bench("kernels", "conv2d 64->48 plain"));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ status: "failed", parity: { passed: false }, note: "its result is wrong" });
    expect(rows[0]).not.toHaveProperty("timing");
  });

  it("reports a kernel that the device refuses, with the reason", async () => {
    const change = (code: string) => code.replace("@workgroup_size(16, 4)", "@workgroup_size(4096, 4)");
    const { rows } = await withShaders(change, () => bench("kernels", "64->64 upsampled plain"));
    expect(rows[0]).toMatchObject({ status: "failed", note: expect.stringMatching(/^The device refused the kernel/) });
  });

  it("stops where it is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(bench("kernels", "scaled-add", { signal })).rejects.toThrow("enough");
  });
});

describe("the network suite", () => {
  it("times a network, beside its kernels each by itself", async () => {
    const { rows } = await bench("networks", "general-x4v3");
    const [row] = rows as [NetworkRow];
    expect(rows).toHaveLength(1);
    expect(row).toMatchObject({ status: "timed", shape: "general-x4v3", width: 32, blocks: 32, dispatches: 36 });
    if (row.status !== "timed") throw new Error("not timed");
    expect(row.parity).toMatchObject({ passed: true, against: "CPU at 9x7" });
    expect(row.timing.gflops).toBeCloseTo(row.flops / row.timing.median / 1e6, 6);
    expect(row.kernelsGflops).toBeGreaterThan(0);
    expect(row.peakBytes).toBeGreaterThan(row.width * row.height * 64 * 4);
  });
});

describe("a session", () => {
  it("wants rows that have all words of the filter, in any case", async () => {
    const options = { device, quick: true, loadModel, onRow: () => {} };
    const session = await openSession({ ...options, filter: "  64->32  F32 " });
    expect(session.wants("kernels conv2d 64->32 plain f32", false)).toBe(true);
    expect(session.wants("kernels conv2d 64->32 plain packed-f16", false)).toBe(false);
    session.destroy();
  });
});
