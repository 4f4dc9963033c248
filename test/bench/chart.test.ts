// The roofline chart: what is in it, and where.

import { describe, expect, it } from "vitest";
import type { KernelRow } from "../../bench/harness/row.js";
import { describe as inWords, pointsOf, rooflineSvg } from "../../bench/page/chart.js";

const PEAKS = { f32Gflops: 1000, f16Gflops: 2000, bandwidthGBs: 100, how: "measured" };

/** A timed kernel of `flops` and `bytes` that takes a millisecond. */
function row(flops: number, bytes: number, more: Partial<KernelRow> = {}): KernelRow {
  const timing = { median: 1, spread: 0, min: 1, max: 1, samples: [1], repeats: 1, gflops: flops / 1e6 };
  const parity = { against: "CPU", error: 0, largest: 0, tolerance: 1e-5, passed: true };
  return {
    suite: "kernels",
    id: "kernels conv2d",
    shape: "conv2d 64->32",
    where: "",
    width: 64,
    height: 64,
    storage: "f32",
    variant: "direct 4x2x8",
    isDefault: false,
    math: "f32",
    flops,
    bytes,
    status: "timed",
    parity,
    timing,
    gigabytesPerSecond: bytes / 1e6,
    roofShare: 0.5,
    bound: "compute",
    firstRunMs: 1,
    ...more,
  } as KernelRow;
}

const circles = (svg: string) =>
  [...svg.matchAll(/<circle class="([^"]*)" data-point="(\d+)"[^>]*cx="([\d.]+)" cy="([\d.]+)"/g)].map(
    ([, classes, index, x, y]) => ({ classes, index: Number(index), x: Number(x), y: Number(y) }),
  );
const roofY = (svg: string, name: string) =>
  Number(new RegExp(`class="roof ${name}"[^>]*y1="([\\d.]+)"`).exec(svg)![1]);

describe("the roofline chart", () => {
  it("has a point for each timed kernel that computes", () => {
    const rows = [row(5e8, 1e6), row(0, 1e6), row(5e8, 1e6, { status: "failed" } as never)];
    expect(pointsOf(rows).map(({ intensity, gflops }) => [intensity, gflops])).toEqual([[500, 500]]);
  });

  it("places a kernel that reaches the roof on it, a slower one below, and a Winograd kernel may stand above", () => {
    const points = pointsOf([row(1e9, 1e6), row(1e8, 1e6), row(1.5e9, 1e6, { variant: "winograd 2x2x8" })]);
    const svg = rooflineSvg(PEAKS, points);
    const byIndex = circles(svg).sort((a, b) => a.index - b.index);
    expect(byIndex.map(({ classes }) => classes)).toEqual(["point direct", "point direct", "point winograd"]);
    expect(byIndex[0]!.y).toBeCloseTo(roofY(svg, "f32"), 1);
    expect(byIndex[1]!.y).toBeGreaterThan(roofY(svg, "f32"));
    expect(byIndex[2]!.y).toBeLessThan(roofY(svg, "f32"));
    expect(roofY(svg, "f16")).toBeLessThan(byIndex[2]!.y);
  });

  it("is logarithmic on both axes", () => {
    const points = pointsOf([row(1e7, 1e6), row(1e8, 1e6), row(1e9, 1e6)]);
    const [a, b, c] = circles(rooflineSvg(PEAKS, points)) as [Place, Place, Place];
    expect(b.x - a.x).toBeCloseTo(c.x - b.x, 0);
    expect(b.y - a.y).toBeCloseTo(c.y - b.y, 0);
  });

  it("draws the default ones above the plain ones", () => {
    const points = pointsOf([row(1e8, 1e6, { isDefault: true }), row(1e8, 1e6, { variant: "plain" })]);
    expect(circles(rooflineSvg(PEAKS, points)).map(({ classes }) => classes)).toEqual([
      "point plain",
      "point direct default",
    ]);
  });

  it("has one roof where the device has no f16, and stands without points", () => {
    const svg = rooflineSvg({ ...PEAKS, f16Gflops: undefined }, []);
    expect(svg).toContain('class="roof f32"');
    expect(svg).not.toContain('class="roof f16"');
    expect(svg).not.toContain("NaN");
  });

  it("escapes what it says", () => {
    const [point] = pointsOf([row(5e8, 1e6, { shape: 'a<b "c" & d' })]);
    expect(inWords(point!)).toContain("500 GFLOP/s, 50% of what arithmetic allows at 500 FLOP a byte");
    expect(rooflineSvg(PEAKS, [point!])).toContain('aria-label="a&lt;b &quot;c&quot; &amp; d,');
  });
});

type Place = ReturnType<typeof circles>[number];
