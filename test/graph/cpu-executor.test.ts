import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { inferShapes } from "../../src/graph/graph.js";
import { tensor } from "../../src/ops/tensor.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";

describe("runOnCpu", () => {
  it("runs each operation on what the one before it gave", () => {
    const g = new RandomGraph(1);
    const x = g.input(1);
    const graph = g.build(g.scaledAdd(g.upsample(x, 2), -2, g.activate(g.upsample(x, 2), LEAKY)));
    const { data, ...shape } = runOnCpu(graph, tensor({ channels: 1, height: 1, width: 2 }, Float32Array.of(3, -5)));
    expect(shape).toEqual({ channels: 1, height: 2, width: 4 });
    expect([...data]).toEqual([-3, -3, 9, 9, -3, -3, 9, 9]);
  });

  it("gives the input back where the graph is empty", () => {
    const g = new RandomGraph(1);
    const input = tensor({ channels: 3, height: 2, width: 2 });
    expect(runOnCpu(g.build(g.input(3)), input)).toBe(input);
  });

  it("reports progress up to the total", () => {
    const g = new RandomGraph(1);
    const x = g.conv(g.input(3), 4);
    const graph = g.build(g.conv(g.upsample(x, 2), 3));
    const reports: [number, number][] = [];
    runOnCpu(graph, tensor({ channels: 3, height: 2, width: 3 }), { onProgress: (...report) => reports.push(report) });
    const first = 2 * 4 * 3 * 9 * 6;
    const total = first + 2 * 3 * 4 * 9 * 24;
    expect(reports).toEqual([
      [first, total],
      [first, total],
      [total, total],
    ]);
  });

  it("refuses an input of other channels", () => {
    const g = new RandomGraph(1);
    const graph = g.build(g.conv(g.input(3), 3));
    expect(() => runOnCpu(graph, tensor({ channels: 4, height: 5, width: 6 }))).toThrow(
      expect.objectContaining({ code: "bad-input", message: "The network takes 3 channels, got [4,5,6]" }),
    );
  });
});

describe("inferShapes", () => {
  it("names the node that refuses its input", () => {
    const g = new RandomGraph(1);
    const graph = g.build(g.pixelUnshuffle(g.input(3), 2));
    expect(inferShapes(graph, 4, 6)[graph.output]).toEqual({ channels: 12, height: 3, width: 2 });
    expect(() => inferShapes(graph, 5, 6)).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.stringMatching(/^unshuffle0: pixel-unshuffle got the inputs \[3,6,5\], expected/),
      }),
    );
  });
});
