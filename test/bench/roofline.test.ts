// The roofline: slots by kernel, predictions by hand, the named GPUs, and the text of a report.

import { describe, expect, it } from "vitest";
import type { Report } from "../../bench/harness/row.js";
import { NAMED_GPUS, nearestGpu, requireNamed } from "../../bench/roofline/gpus.js";
import { MEASURED } from "../../bench/roofline/measured.js";
import { predictNetwork } from "../../bench/roofline/networks.js";
import { DISPATCH_MS, type Machine, machineOf, predict } from "../../bench/roofline/predict.js";
import { measuredMachine, reportLines, reportText } from "../../bench/roofline/report.js";
import { slotFigure, slotsOf } from "../../bench/roofline/slots.js";
import { predictionOf } from "../../bench/roofline/tables.js";
import type { Model } from "../../src/models/model.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import type { PlannedDispatch } from "../../src/plan/runnable-plan.js";
import { compactWeights, modelOf } from "../cases/networks.js";

const MODELS: ReadonlyMap<string, Model> = new Map([
  ["general-x4v3", modelOf(compactWeights({ blocks: 32, features: 64 }))],
]);

describe("slots of a kernel", () => {
  const figures = [
    { kernel: "direct 4x2x8 16x4 f32 unrolled", storage: "f32", perMac: 1.1, compiler: "a" },
    { kernel: "direct 4x2x8 16x4 f16 unrolled", perMac: 0.6, folded: 0.25, compiler: "b" },
    { kernel: "direct 4x2x4 16x4 f16 unrolled", perMac: 0.7, compiler: "b" },
  ] as const;

  it.each([
    ["direct 4x2x8 16x4 f32 unrolled", "f32", 1.1],
    ["direct 4x2x4 32x2 f32 unrolled", "f32", 1.1],
    ["direct 4x2x8 16x4 f32 unrolled folded", "f32", (1.1 * 4) / 9],
    ["direct 4x2x8 16x4 f16 unrolled folded", "f16", 0.25],
    ["direct 4x2x4 16x4 f16 unrolled", "f16", 0.7],
    // None of these is known: what their arithmetic takes.
    ["direct 4x2x8 16x4 f32 unrolled", "packed-f16", 1],
    ["direct 4x2x8 16x4 f32 unrolled wave32", "f32", 1],
    ["direct 2x2x4 16x4 f32 unrolled folded", "f32", 4 / 9],
    ["direct 2x2x4 16x4 f16 unrolled", "f16", 0.5],
    ["winograd 2x2x8 16x4 f32", "f32", 5 / 9],
    ["winograd 2x2x8 16x4 f16", "f16", 5 / 18],
  ] as const)("%s in %s takes %d", (kernel, storage, expected) => {
    expect(slotsOf(figures, kernel, storage)).toBeCloseTo(expected, 9);
  });

  it("in halves is what the device computes them at", () => {
    expect(slotsOf([], "direct 4x2x8 16x4 f16 unrolled", "f16", { halfSlots: 1 })).toBe(1);
  });
});

describe("a prediction", () => {
  const machine: Machine = {
    gigaslots: 1000,
    bandwidthGBs: 100,
    l2GBs: 500,
    subgroupSize: 32,
    slotsPerMac: () => 2,
  };
  const dispatch = (flops: number, bytes: number, sources: number, weights = 0): PlannedDispatch => ({
    node: "conv",
    op: "conv2d",
    variant: "direct",
    pipeline: 0,
    workgroups: [1, 1, 1],
    resources: [],
    flops,
    bytes,
    traffic: { sources, weights, weightsFor: "subgroup", weightSpace: "storage", epilogue: 0, stored: 1e8 },
  });

  it("is the longest of what arithmetic, memory and loads take, by hand", () => {
    // 1e9 multiply-accumulates of 2 slots at 1e12 a second: 2 ms.
    const arithmetic = dispatch(2e9, 1e8, 1e8);
    // 5e8 bytes at 1e11 a second: 5 ms.
    const memory = dispatch(2e9, 5e8, 9e8);
    // 3.2e9 bytes, and 32e9 of which 32 lanes load one: 4.2e9 at 5e11 a second: 8.4 ms.
    const loads = dispatch(2e9, 1e8, 3.2e9, 32e9);
    expect(predict([arithmetic], "f32", machine).ms).toBeCloseTo(2 + DISPATCH_MS, 9);
    expect(predict([memory], "f32", machine).ms).toBeCloseTo(5 + DISPATCH_MS, 9);
    expect(predict([loads], "f32", machine).ms).toBeCloseTo(8.4 + DISPATCH_MS, 9);
    const { ms, parts, bound, loaded } = predict([arithmetic, memory, loads], "f32", machine, 10);
    expect(parts.arithmetic).toBeCloseTo(20, 9);
    expect(parts.memory).toBeCloseTo(50, 9);
    expect(parts.loads).toBeCloseTo(84, 9);
    expect(parts.dispatches).toBeCloseTo(30 * DISPATCH_MS, 9);
    expect(ms).toBeCloseTo(154 + 30 * DISPATCH_MS, 9);
    expect(bound).toBe("loads");
    expect(loaded).toBe(10 * (1e8 + 9e8 + 4.2e9));
  });

  it("knows no bound by loads where the cache's speed is not known", () => {
    const { bound, ms } = predict([dispatch(2e9, 1e8, 3.2e9, 32e9)], "f32", { ...machine, l2GBs: undefined });
    expect([bound, ms]).toEqual(["arithmetic", 2 + DISPATCH_MS]);
  });

  it("moves no more than a window loads and stores", () => {
    const window = dispatch(0, 9e9, 2e8);
    expect(predict([window], "f32", machine).parts.memory).toBeCloseTo(3, 9);
    expect(predict([{ ...window, traffic: undefined }], "f32", machine).parts.memory).toBeCloseTo(90, 9);
  });

  it("is of what comes between dispatches where there is little else", () => {
    expect(predict([dispatch(0, 0, 0), dispatch(0, 0, 0)], "f32", machine).bound).toBe("dispatches");
  });

  it("of a network counts the tiles that fit the device", () => {
    const { network } = MODELS.get("general-x4v3")!;
    const size = { width: 640, height: 360 };
    const whole = { ...DEFAULT_CAPABILITIES, maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 - 4 };
    const one = predictNetwork(network, size, "f32", whole, machine);
    const several = predictNetwork(network, size, "f32", { ...whole, maxBufferSize: 2 ** 25 }, machine);
    expect(one.tiles).toBe(1);
    expect(several.tiles).toBeGreaterThan(1);
    expect(several.flops).toBeGreaterThan(one.flops);
    expect(several.ms).toBeGreaterThan(one.ms);
  });
});

describe("the named GPUs", () => {
  it.each(NAMED_GPUS.map((gpu) => [gpu.name, gpu] as const))("%s reaches what its lanes do", (name, gpu) => {
    const operations = name.startsWith("Radeon") ? 4 : 2;
    expect((gpu.lanes * gpu.gigahertz * operations) / 1000 / gpu.f32.tflops).toBeCloseTo(1, 1.7);
    expect(gpu.sources).not.toMatch(/https?:|www\./);
  });

  it("have figures for kernels that stand in plans under these names", () => {
    for (const { slots } of NAMED_GPUS) {
      for (const { kernel, storage = "f32" } of slots) expect(slotFigure(slots, kernel, storage)?.kernel).toBe(kernel);
    }
  });

  it.each([
    ["nvidia", "hopper", "NVIDIA H200"],
    ["nvidia", "ampere", "GeForce RTX 4090"],
    ["amd", "rdna-3", "Radeon RX 7900 XTX"],
    ["amd", "gcn-5", undefined],
    ["intel", "gen-12lp", "Intel Arc A770"],
    ["intel", "xe-2hpg", undefined],
    ["apple", "metal-3", "Apple M2, 10 cores"],
    ["qualcomm", "adreno-7xx", "Adreno X1-85"],
    ["qualcomm", "adreno-6xx", undefined],
    ["", "", undefined],
  ])("%s %s is like %s", (vendor, architecture, name) => {
    const adapter = { ...DEFAULT_CAPABILITIES, vendor, architecture };
    expect(nearestGpu(adapter)?.name).toBe(name);
    expect(nearestGpu({ ...adapter, kind: "software" })).toBeUndefined();
  });

  it("take on an H200 1.6 times what a convolution is predicted to", () => {
    const row = MEASURED.find(({ of, width }) => of === "64->64" && width === 1024)!;
    const { ms } = predictionOf(row, MODELS);
    // 1024 * 1024 * 64 * 64 * 9 multiply-accumulates of 1.259 slots, by 16,896 lanes at 1.98 GHz.
    expect(ms).toBeCloseTo((1024 * 1024 * 64 * 64 * 9 * 1.259) / (16_896 * 1.98e6) + DISPATCH_MS, 6);
    expect(row.ms / ms).toBeCloseTo(1.6, 1);
  });

  it("are known by name", () => {
    expect(machineOf(requireNamed("NVIDIA H200")).gigaslots).toBeCloseTo(33_454, 0);
    expect(() => requireNamed("Voodoo 2")).toThrow("There is no Voodoo 2 among GeForce RTX 4090, ");
  });
});

describe("a report", () => {
  const capabilities = { ...DEFAULT_CAPABILITIES, vendor: "nvidia", architecture: "hopper", description: "driver 1.2" };
  const head = { suite: "networks", width: 64, height: 64, storage: "f32", variant: "", blocks: 32 } as const;
  const counts = { dispatches: 35, peakBytes: 1 };
  const report: Report = {
    format: 1,
    library: { name: "esrgan-webgpu", version: "9.9.9" },
    date: "2026-01-02T03:04:05.000Z",
    command: "npm run bench -- report",
    environment: { runtime: "Node 99", "load average": "0.1" },
    adapter: { ...capabilities, features: [] },
    clock: { kind: "timestamp-query", why: "it agrees" },
    peaks: { f32Gflops: 20_000, f16Gflops: 10_000, bandwidthGBs: 1000, how: "measured" },
    rows: [
      {
        ...head,
        ...counts,
        id: "networks general-x4v3 64x64 f32",
        shape: "general-x4v3",
        flops: 1e10,
        status: "timed",
        parity: { error: 0, passed: true, against: "CPU", tolerance: 1 } as never,
        timing: { median: 4, spread: 0, min: 4, max: 4, samples: [4], repeats: 1, gflops: 2500 },
        kernelsGflops: 5000,
      },
      {
        ...head,
        ...counts,
        id: "networks general-x4v3 512x512 f32",
        shape: "general-x4v3",
        flops: 1e12,
        status: "skipped",
        note: "too long",
      },
    ],
  };

  it("says what was measured on what, beside predictions by the roof and for the GPU that is like it", () => {
    const lines = reportLines(report, MODELS);
    expect(lines).toHaveLength(1);
    const [{ dispatchesMs, byRoof, asNamed }] = lines as [(typeof lines)[number]];
    // 1e10 operations at 5000 GFLOP/s.
    expect(dispatchesMs).toBeCloseTo(2, 9);
    const text = reportText(report, lines);
    expect(text).toMatch(/^esrgan-webgpu 9\.9\.9, measured beside predicted \(`npm run bench -- report`\)\n/);
    expect(text).toContain("- adapter: driver 1.2, nvidia, hopper\n");
    expect(text).toContain("- roof: 20000 GFLOP/s f32, 10000 GFLOP/s f16, 1000 GB/s (measured)\n");
    expect(text).toContain("- runtime: Node 99\n");
    expect(text).toContain("- date: 2026-01-02\n");
    expect(text).toContain("as for NVIDIA H200 by its vendor's figures");
    const row = text.split("\n").find((line) => line.startsWith("| general-x4v3 |"))!;
    const cells = row.split(" | ").map((cell) => cell.replace(/^\| |[ |]+$/g, ""));
    expect(cells.slice(0, 5)).toEqual(["general-x4v3", "64x64", "f32", "4.000", "2.000"]);
    expect(Number.parseFloat(cells[5]!)).toBeCloseTo(byRoof.ms, 2);
    expect(Number(cells[6])).toBeCloseTo(2 / byRoof.ms, 2);
    expect(Number.parseFloat(cells[7]!)).toBeCloseTo(asNamed!.ms, 2);
    expect(text).toContain("- networks general-x4v3 512x512 f32: skipped; too long");
  });

  it("on another adapter predicts by the roof alone, from what the call took where dispatches were not measured", () => {
    const software = { ...report.adapter, kind: "software", vendor: "google" } as const;
    const [timed] = report.rows;
    const rows = [{ ...timed, kernelsGflops: undefined } as never];
    const other = { ...report, adapter: software, rows };
    const lines = reportLines(other, MODELS);
    const text = reportText(other, lines);
    expect(lines[0]!.asNamed).toBeUndefined();
    expect(text).not.toContain("H200");
    expect(text).toContain(` ${(4 / lines[0]!.byRoof.ms).toFixed(2)} |`);
  });

  it("takes the measured rates, and a like GPU's slots", () => {
    const machine = measuredMachine(report.peaks, report.adapter);
    expect(machine.gigaslots).toBe(10_000);
    expect(machine.slotsPerMac("direct 4x2x8 16x4 f32 unrolled", "f32")).toBe(1.129);
    // Halves at half the speed of f32.
    expect(machine.slotsPerMac("winograd 2x2x8 16x4 f16", "f16")).toBeCloseTo((5 / 9) * 2, 9);
  });
});
