// A merge as plain data: what it takes in dispatches and bytes, and how a budget cuts it.

import { describe, expect, it } from "vitest";
import { chooseMergeTiles, mergeBytes, planMerge, TILE_OVERLAP } from "../../src/multi-frame/merge-plan.js";
import { DEFAULT_ITERATIONS, type MergeMethod, type MergeRequest } from "../../src/multi-frame/method.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";

const FORM = { width: 300, height: 200, channels: 3, bits: 8, frames: 16 } as const;

function request(method: MergeMethod): MergeRequest {
  return { scale: 2, method, prior: "btv", psf: "box", iterations: DEFAULT_ITERATIONS[method] };
}

describe("a plan", () => {
  it.each([
    { method: "shift-and-add", dispatches: 2, pipelines: 2 },
    { method: "back-projection", dispatches: 2 + 2 * 20, pipelines: 4 },
    { method: "map", dispatches: 2 + 2 * 60, pipelines: 4 },
    { method: "pocs", dispatches: 2 + 2 * 5 * 16, pipelines: 4 },
  ] as const)("of $method takes $dispatches dispatches", ({ method, dispatches, pipelines }) => {
    const plan = planMerge(FORM, request(method), 1);
    expect(plan.dispatches).toHaveLength(dispatches);
    expect(plan.pipelines).toHaveLength(pipelines);
    expect(plan.resultBytes).toBe(600 * 400 * 3);
  });

  it("takes bytes for frames, two pictures, differences, and the result twice", () => {
    const values = 300 * 200 * 3;
    const expected = values * 16 + 2 * 4 * values * 4 + values * 16 * 4 + 2 * values * 4;
    const bytes = mergeBytes(planMerge(FORM, request("map"), 1));
    expect(bytes).toBeGreaterThan(expected);
    expect(bytes).toBeLessThan(expected * 1.01);
  });

  it("never reads what it writes in one dispatch", () => {
    for (const { resources } of planMerge(FORM, request("pocs"), 1).dispatches) {
      const buffers = resources.flatMap((each) => (each.kind === "buffer" ? [each.buffer] : []));
      expect(new Set(buffers).size).toBe(buffers.length);
    }
  });
});

describe("tiles", () => {
  const choose = (budget: number, reach = 0.5) =>
    chooseMergeTiles(FORM, request("map"), { budget, reach, device: DEFAULT_CAPABILITIES });

  it("are one where the budget allows", () => {
    const { columns, rows } = choose(2 ** 30);
    expect([columns.spans.length, rows.spans.length]).toEqual([1, 1]);
  });

  it("are as many as the budget needs, and overlap by the shifts and more", () => {
    const budget = 8e6;
    const { columns, rows } = choose(budget, 2.5);
    expect(columns.spans.length * rows.spans.length).toBeGreaterThan(1);
    const tile = { ...FORM, width: columns.size, height: rows.size };
    expect(mergeBytes(planMerge(tile, request("map"), 1))).toBeLessThanOrEqual(budget);
    const [first, second] = columns.spans;
    expect(second!.coreStart - second!.start).toBeGreaterThanOrEqual(TILE_OVERLAP + 3);
    expect(first!.start + columns.size - first!.coreEnd).toBeGreaterThanOrEqual(TILE_OVERLAP + 3);
  });

  it("keep to what a device binds", () => {
    const device = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 2 ** 20 };
    const { columns, rows } = chooseMergeTiles(FORM, request("map"), { budget: 2 ** 30, reach: 0, device });
    expect(columns.size * rows.size * 3 * 16 * 4).toBeLessThanOrEqual(2 ** 20);
  });

  it("are refused where the smallest is too large", () => {
    expect(() => choose(10_000)).toThrow(/^The memory budget of 10000 bytes is too small for 16 frames of 3 channels/);
  });
});
