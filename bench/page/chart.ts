// Owns the roofline chart: what each kernel reaches against what the device allows, as the text of an SVG. Pure.

import { figure, milliseconds, percent } from "../harness/format.js";
import type { Peaks } from "../harness/peaks.js";
import type { KernelRow } from "../harness/row.js";

const WIDTH = 960;
const HEIGHT = 460;
const MARGIN = { left: 64, right: 24, top: 20, bottom: 52 } as const;

/** A kernel in the chart, of which the page tells more when it is pointed at. */
export interface ChartPoint {
  readonly row: KernelRow & { readonly status: "timed" };
  /** FLOP for each byte moved. */
  readonly intensity: number;
  readonly gflops: number;
  readonly kind: VariantKind;
}

export const VARIANT_KINDS = ["plain", "direct", "winograd"] as const;
export type VariantKind = (typeof VARIANT_KINDS)[number];

/** Timed kernels that compute: those that only move values have no place on an axis of FLOP. */
export function pointsOf(rows: readonly KernelRow[]): ChartPoint[] {
  return rows.flatMap((row) => {
    if (row.status !== "timed" || row.flops === 0) return [];
    const kind = VARIANT_KINDS.find((name) => row.variant.startsWith(name)) ?? "direct";
    return [{ row, kind, intensity: row.flops / row.bytes, gflops: row.timing.gflops }];
  });
}

/** A point in words. */
export function describe({ row, intensity }: ChartPoint): string {
  const { shape, variant, storage, width, height, timing, roofShare, bound } = row;
  return (
    `${shape}, ${variant}, ${storage}, ${width}x${height}: ${milliseconds(timing.median)} ms, ${figure(timing.gflops)} GFLOP/s, ` +
    `${percent(roofShare)} of what ${bound === "memory" ? "memory" : "arithmetic"} allows at ${figure(intensity)} FLOP a byte`
  );
}

interface Axis {
  /** Powers of ten. */
  readonly from: number;
  readonly to: number;
  place(value: number): number;
}

function axisOf(values: readonly number[], low: number, high: number): Axis {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const from = Math.floor(Math.min(...logs) - 0.1);
  const to = Math.max(Math.ceil(Math.max(...logs) + 0.1), from + 1);
  return { from, to, place: (value) => low + ((Math.log10(value) - from) / (to - from)) * (high - low) };
}

/** The whole chart; `data-point` of each circle is the index of its point. */
export function rooflineSvg(peaks: Peaks, points: readonly ChartPoint[]): string {
  const roofs = [
    { name: "f32", gflops: peaks.f32Gflops },
    ...(peaks.f16Gflops === undefined ? [] : [{ name: "f16", gflops: peaks.f16Gflops }]),
  ];
  const ridges = roofs.map(({ gflops }) => gflops / peaks.bandwidthGBs);
  const top = Math.max(...roofs.map(({ gflops }) => gflops));
  // From well left of where memory and arithmetic allow the same, so that the slope is seen.
  const x = axisOf(
    [...ridges.map((ridge) => ridge / 4), ...ridges, ...points.map(({ intensity }) => intensity)],
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = axisOf([top, ...points.map(({ gflops }) => gflops)], HEIGHT - MARGIN.bottom, MARGIN.top);
  const parts = [
    grid(x, "x"),
    grid(y, "y"),
    `<text class="axis" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">FLOP for each byte moved</text>`,
    `<text class="axis" transform="translate(16 ${(MARGIN.top + HEIGHT - MARGIN.bottom) / 2}) rotate(-90)" text-anchor="middle">GFLOP/s</text>`,
    slope(peaks.bandwidthGBs, top, x, y),
    ...roofs.map(({ name, gflops }, at) => ceiling(name, gflops, ridges[at]!, x, y)),
    // What matters most last, so that nothing covers it.
    ...points
      .map((point, index) => ({ point, index }))
      .sort((a, b) => rank(a.point) - rank(b.point))
      .map(({ point, index }) => circle(point, index, x, y)),
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Roofline chart of ${points.length} kernels">${parts.join("")}</svg>`;
}

function rank({ row, kind }: ChartPoint): number {
  return VARIANT_KINDS.indexOf(kind) + (row.isDefault ? VARIANT_KINDS.length : 0);
}

function grid(axis: Axis, along: "x" | "y"): string {
  const lines: string[] = [];
  for (let power = axis.from; power <= axis.to; power++) {
    for (let digit = 1; digit < 10; digit++) {
      if (power === axis.to && digit > 1) break;
      const at = axis.place(digit * 10 ** power).toFixed(1);
      const kind = digit === 1 ? "major" : "minor";
      lines.push(
        along === "x"
          ? `<line class="${kind}" x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>`
          : `<line class="${kind}" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>`,
      );
      if (digit > 1) continue;
      const label = String(Number((10 ** power).toPrecision(1)));
      lines.push(
        along === "x"
          ? `<text class="tick" x="${at}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${label}</text>`
          : `<text class="tick" x="${MARGIN.left - 8}" y="${Number(at) + 4}" text-anchor="end">${label}</text>`,
      );
    }
  }
  return lines.join("");
}

/** What memory allows: from the left or lower edge up to the highest ceiling. */
function slope(bandwidth: number, top: number, x: Axis, y: Axis): string {
  const from = Math.max(10 ** x.from, 10 ** y.from / bandwidth);
  const to = top / bandwidth;
  const [x1, y1, x2, y2] = [x.place(from), y.place(from * bandwidth), x.place(to), y.place(top)];
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const label = `translate(${((x1 + x2) / 2).toFixed(1)} ${((y1 + y2) / 2 - 6).toFixed(1)}) rotate(${angle.toFixed(1)})`;
  return (
    `<line class="roof" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>` +
    `<text class="roof-label" transform="${label}" text-anchor="middle">${figure(bandwidth)} GB/s</text>`
  );
}

/** What arithmetic allows. */
function ceiling(name: string, gflops: number, ridge: number, x: Axis, y: Axis): string {
  const at = y.place(gflops).toFixed(1);
  return (
    `<line class="roof ${name}" x1="${x.place(ridge).toFixed(1)}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
    `<text class="roof-label" x="${WIDTH - MARGIN.right - 6}" y="${Number(at) - 6}" text-anchor="end">${figure(gflops)} GFLOP/s ${name}</text>`
  );
}

function circle(point: ChartPoint, index: number, x: Axis, y: Axis): string {
  const { row, kind, intensity, gflops } = point;
  const name = describe(point)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
  const classes = `point ${kind}${row.isDefault ? " default" : ""}`;
  return (
    `<circle class="${classes}" data-point="${index}" tabindex="0" role="listitem" aria-label="${name}" ` +
    `cx="${x.place(intensity).toFixed(1)}" cy="${y.place(gflops).toFixed(1)}" r="${row.isDefault ? 7 : 5}"/>`
  );
}
