// The parts of the benchmark that need no device: statistics, parity, the roofline, the subjects and their plans, the words of the
// command line.

import { describe, expect, it } from "vitest";
import { parseArguments } from "../../bench/cli/arguments.js";
import { figure, headLine, KERNEL_COLUMNS, milliseconds } from "../../bench/harness/format.js";
import { dispatchKinds } from "../../bench/harness/networks.js";
import { mathOf, parityOf, worseOf } from "../../bench/harness/parity.js";
import { type Peaks, roof } from "../../bench/harness/peaks.js";
import { noise, noiseBytes } from "../../bench/harness/random.js";
import { summarize } from "../../bench/harness/statistics.js";
import { SUBJECTS } from "../../bench/harness/subjects.js";
import { planTarget } from "../../bench/harness/target.js";
import { fuse } from "../../src/graph/fuse.js";
import { detectNetwork } from "../../src/models/detect.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { planExecution } from "../../src/plan/execution-plan.js";
import { compactWeights, rrdbWeights } from "../cases/networks.js";

describe("statistics", () => {
  it.each([
    [[3], { median: 3, spread: 0, min: 3, max: 3 }],
    [[4, 2], { median: 3, spread: 1 / 3, min: 2, max: 4 }],
    // The quartiles are 2 and 4.
    [[1, 100, 2, 4, 3], { median: 3, spread: 2 / 3, min: 1, max: 100 }],
  ])("%j", (samples, expected) => expect(summarize(samples)).toEqual(expected));
});

describe("parity", () => {
  const of = (...values: number[]) => Float32Array.from(values);
  it.each([
    ["equal", of(1, -2, 3), true],
    ["within rounding", of(1, -2.00001, 3), true],
    ["one value off", of(1, -2, 3.1), false],
    ["not a number", of(1, Number.NaN, 3), false],
    ["infinite", of(1, Number.POSITIVE_INFINITY, 3), false],
    ["all zero", of(0, 0, 0), false],
    ["too short", of(1, -2), false],
    ["too long", of(1, -2, 3, 0), false],
  ])("%s", (_, actual, passed) => {
    expect(parityOf(actual, of(1, -2, 3), "CPU", 1e-5).passed).toBe(passed);
  });

  it("does not hold where there is nothing to compare with", () => {
    expect(parityOf(of(0, 0), of(0, 0), "CPU", 1e-5).passed).toBe(false);
  });

  it("sees one value among many that is far off", () => {
    const expected = noise(100_000, 1);
    const actual = expected.slice();
    actual[4711]! += 0.002;
    const parity = parityOf(actual, expected, "CPU", 1e-4);
    expect(parity.error).toBeLessThan(1e-4);
    expect(parity.passed).toBe(false);
  });

  it("of two comparisons is the worse", () => {
    const good = parityOf(of(1), of(1), "A", 1);
    const bad = parityOf(of(3), of(1), "B", 1);
    expect(worseOf(good, bad)).toEqual({ ...bad, against: "A, B" });
    expect(worseOf(bad, good).passed).toBe(false);
  });
});

describe("the roofline", () => {
  const peaks: Peaks = { f32Gflops: 100, f16Gflops: undefined, bandwidthGBs: 10, how: "" };
  it.each([
    ["arithmetic", peaks, "f32", 200, 10, { gflops: 100, bound: "compute" }],
    ["memory", peaks, "f32", 20, 10, { gflops: 20, bound: "memory" }],
    ["halves", { ...peaks, f16Gflops: 180 }, "f16", 200, 10, { gflops: 180, bound: "compute" }],
    ["halves without f16", peaks, "f16", 200, 10, { gflops: 100, bound: "compute" }],
  ] as const)("%s", (_, given, math, flops, bytes, expected) => {
    expect(roof(given, math, flops, bytes)).toEqual(expected);
  });
});

describe("random operands", () => {
  it("are the same for a seed, others for another, of mean 0 and within -1..1", () => {
    const values = noise(1_500_000, 7);
    expect(noise(5, 7)).toEqual(values.subarray(0, 5));
    expect(noise(5, 8)).not.toEqual(values.subarray(0, 5));
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.01);
    expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
  });

  it("as bytes take every level", () => expect(new Set(noiseBytes(20_000, 1)).size).toBe(256));
});

describe("subjects", () => {
  it("are told apart by their names", () => {
    const names = SUBJECTS.map(({ op, shape }) => `${op} ${shape}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(SUBJECTS.map((subject) => [`${subject.op} ${subject.shape}`, subject] as const))(
    "%s is planned",
    (_, subject) => {
      const request = { width: 16, height: 8, storage: "f32" } as const;
      const planned = planTarget(subject, DEFAULT_CAPABILITIES, request);
      expect(planned.dispatches.map(({ op }) => op)).toEqual(
        new Array(subject.op === "concat-channels" ? 2 : 1).fill(subject.op),
      );
      expect(planned.bytes).toBeGreaterThan(0);
      const [, from, to] = /^(\d+)->(\d+)/.exec(subject.shape) ?? [];
      const pixels = 16 * 8 * (subject.form?.upsample ?? 1) ** 2;
      expect(planned.flops).toBe(subject.form ? 2 * Number(from) * Number(to) * 9 * pixels : 0);
    },
  );

  it("have the variant that is asked for", () => {
    const subject = SUBJECTS.find(({ shape }) => shape === "64->48 shuffled 4x")!;
    const request = { width: 16, height: 8, storage: "f32", variant: { kind: "plain" } } as const;
    expect(planTarget(subject, DEFAULT_CAPABILITIES, request).variant).toBe("plain");
    expect(mathOf(request.variant)).toBe("f32");
  });

  it("in a dense block lie as they do in the network: two sources, the growth in one buffer", () => {
    const subject = SUBJECTS.find(({ shape }) => shape === "192->64")!;
    const [dispatch] = planTarget(subject, DEFAULT_CAPABILITIES, { width: 16, height: 8, storage: "f32" }).dispatches;
    const code = planTarget(subject, DEFAULT_CAPABILITIES, { width: 16, height: 8, storage: "f32" }).code;
    expect(code).toContain("source1: array<Block>");
    expect(code).not.toContain("source2: array<Block>");
    expect(dispatch!.resources.filter(({ kind }) => kind === "buffer")).toHaveLength(5); // planes, x, growth, output, residual
  });
});

describe("the kinds of a network's dispatches", () => {
  // Looped kernels take the number of channels from the uniform: one pipeline does work of several sizes.
  it.each([
    [
      "general-x4v3's network on SwiftShader",
      { kind: "software", architecture: "swiftshader" },
      compactWeights({ blocks: 5, features: 64 }),
      4,
    ],
    [
      "an RRDBNet on SwiftShader",
      { kind: "software", architecture: "swiftshader" },
      rrdbWeights({ features: 64, growth: 32 }),
      13,
    ],
    ["an RRDBNet on a GPU", {}, rrdbWeights({ blocks: 2, features: 64, growth: 32 }), 13],
  ] as const)("%s hold all its work", (_, device, weights, most) => {
    const plan = planExecution(fuse(detectNetwork(weights).graph), {
      width: 32,
      height: 32,
      storage: "f32",
      device: { ...DEFAULT_CAPABILITIES, ...device },
      io: { kind: "tensor" },
    });
    const kinds = dispatchKinds(plan.dispatches);
    expect(kinds.reduce((sum, { count }) => sum + count, 0)).toBe(plan.dispatches.length);
    expect(kinds.reduce((sum, { dispatch, count }) => sum + count * dispatch.flops, 0)).toBe(plan.flops);
    expect(kinds.length).toBeLessThanOrEqual(most);
  });
});

describe("the command line", () => {
  it.each([
    [[], { action: "suites", suites: ["kernels", "networks"], quick: false, filter: undefined }],
    [["kernels"], { action: "suites", suites: ["kernels"] }],
    [["--quick", "networks", "--filter", "x4plus f32"], { suites: ["networks"], quick: true, filter: "x4plus f32" }],
    [["--adapter=lavapipe", "--json", "a.json"], { adapter: "lavapipe", json: "a.json" }],
    [["--seconds", "2.5"], { seconds: 2.5, experiments: false }],
    [["kernels", "--experiments"], { suites: ["kernels"], experiments: true }],
    [["page", "--port", "8080"], { action: "page", port: 8080 }],
    [["docs"], { action: "document" }],
    [["kernels", "--help"], { action: "help" }],
    [["report", "--adapter", "swiftshader", "--quick"], { action: "report", adapter: "swiftshader", quick: true }],
  ])("%j", (words, expected) => expect(parseArguments(words)).toMatchObject(expected));

  it.each([
    [["fast"], "fast is not known; --help lists what there is"],
    [["kernels", "networks"], "networks was given beside kernels"],
    [["--filter"], "--filter needs a value"],
    [["--filter", "a", "--filter", "b"], "--filter was given twice"],
    [["--seconds", "0"], '--seconds must be a positive number, got "0"'],
    [["--port", "70000"], '--port must be a positive integer below 65536, got "70000"'],
    [["--quick=yes"], "--quick=yes is not known"],
  ])("%j is refused", (words, message) => expect(() => parseArguments(words)).toThrow(message));
});

describe("figures", () => {
  it.each([
    [1234.5, "1235"],
    [99.96, "100.0"],
    [12.34, "12.3"],
    [1.234, "1.23"],
    [0.01234, "0.012"],
  ])("%d reads %s", (value, text) => expect(figure(value)).toBe(text));

  it.each([
    [1234.5, "1235"],
    [12.34, "12.3"],
    [1.2345, "1.234"],
  ])("%d ms reads %s", (ms, text) => expect(milliseconds(ms)).toBe(text));

  it("stand under their titles", () => {
    expect(headLine(KERNEL_COLUMNS)).toMatch(/^operation +size +variant +storage +parity +ms +spread +GFLOP\/s +GB\/s/);
  });
});
