// Owns how figures read: the columns of a suite's table, the same on the terminal and on the page.

import type { KernelRow, NetworkRow, Row } from "./row.js";
import type { Conditions } from "./session.js";

export interface Column<R> {
  readonly title: string;
  /** Characters on the terminal. */
  readonly width: number;
  readonly align: "left" | "right";
  readonly text: (row: R) => string;
}

const NONE = "";

function timed<R extends Row>(text: (row: R & { readonly status: "timed" }) => string): (row: R) => string {
  return (row) => (row.status === "timed" ? text(row as R & { readonly status: "timed" }) : NONE);
}

const size = ({ width, height }: Row) => `${width}x${height}`;
const parity = (row: Row) => {
  if (row.status === "skipped" || !row.parity) return row.status;
  return `${row.parity.passed ? "ok" : "WRONG"} ${row.parity.error.toExponential(0)}`;
};

export const KERNEL_COLUMNS: readonly Column<KernelRow>[] = [
  { title: "operation", width: 27, align: "left", text: ({ shape }) => shape },
  { title: "size", width: 9, align: "left", text: size },
  {
    title: "variant",
    width: 39,
    align: "left",
    text: ({ variant, isDefault }) => `${isDefault ? "*" : " "}${variant}`,
  },
  { title: "storage", width: 10, align: "left", text: ({ storage }) => storage },
  { title: "parity", width: 8, align: "left", text: parity },
  { title: "ms", width: 9, align: "right", text: timed(({ timing }) => milliseconds(timing.median)) },
  { title: "spread", width: 6, align: "right", text: timed(({ timing }) => percent(timing.spread)) },
  {
    title: "GFLOP/s",
    width: 8,
    align: "right",
    text: timed(({ timing, flops }) => (flops === 0 ? NONE : figure(timing.gflops))),
  },
  { title: "GB/s", width: 7, align: "right", text: timed(({ gigabytesPerSecond }) => figure(gigabytesPerSecond)) },
  { title: "of roof", width: 7, align: "right", text: timed(({ roofShare }) => percent(roofShare)) },
  { title: "first run", width: 9, align: "right", text: timed(({ firstRunMs }) => `${firstRunMs.toFixed(0)} ms`) },
];

export const NETWORK_COLUMNS: readonly Column<NetworkRow>[] = [
  { title: "network", width: 20, align: "left", text: ({ shape }) => shape },
  { title: "size", width: 9, align: "left", text: size },
  { title: "blocks", width: 6, align: "right", text: ({ blocks }) => String(blocks) },
  { title: "most work by", width: 39, align: "left", text: ({ variant }) => variant },
  { title: "storage", width: 10, align: "left", text: ({ storage }) => storage },
  { title: "parity", width: 8, align: "left", text: parity },
  { title: "ms", width: 9, align: "right", text: timed(({ timing }) => milliseconds(timing.median)) },
  { title: "spread", width: 6, align: "right", text: timed(({ timing }) => percent(timing.spread)) },
  { title: "GFLOP/s", width: 8, align: "right", text: timed(({ timing }) => figure(timing.gflops)) },
  {
    title: "of its kernels'",
    width: 15,
    align: "right",
    text: timed(({ timing, kernelsGflops }) => (kernelsGflops ? percent(timing.gflops / kernelsGflops) : NONE)),
  },
  { title: "dispatches", width: 10, align: "right", text: ({ dispatches }) => String(dispatches || NONE) },
  { title: "peak MB", width: 8, align: "right", text: ({ peakBytes }) => (peakBytes ? figure(peakBytes / 1e6) : NONE) },
];

/** The columns' titles as a line of text. */
export function headLine<R>(columns: readonly Column<R>[]): string {
  return line(columns, ({ title }) => title);
}

/** A row as a line of text; what there is to know about it stands at its end. */
export function rowLine<R extends Row>(columns: readonly Column<R>[], row: R): string {
  return [line(columns, ({ text }) => text(row)), row.note?.replace(/\s+/g, " ")].filter(Boolean).join("  ");
}

function line<R>(columns: readonly Column<R>[], cell: (column: Column<R>) => string): string {
  const cells = columns.map((column) => {
    const text = cell(column);
    return column.align === "left" ? text.padEnd(column.width) : text.padStart(column.width);
  });
  return cells.join("  ").trimEnd();
}

/** The adapter's name, and that it is none of a GPU where it is not. */
export function adapterName({ adapter }: Conditions): string {
  const name = [adapter.description, adapter.vendor, adapter.architecture].filter(Boolean).join(", ") || "unnamed";
  return adapter.kind === "software" ? `${name} (a software adapter: figures of a CPU, not of a GPU)` : name;
}

/** What the figures are measured on and against, a line each. */
export function conditionLines(conditions: Conditions): string[] {
  const { clock, peaks } = conditions;
  const half = peaks.f16Gflops === undefined ? "" : `, ${figure(peaks.f16Gflops)} GFLOP/s f16`;
  return [
    `adapter: ${adapterName(conditions)}`,
    `roof: ${figure(peaks.f32Gflops)} GFLOP/s f32${half}, ${figure(peaks.bandwidthGBs)} GB/s (${peaks.how})`,
    `clock: ${clock.kind} (${clock.why})`,
  ];
}

export function milliseconds(ms: number): string {
  return ms >= 1000 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(3);
}

/** Three digits or all before the point. */
export function figure(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.1
        ? value.toFixed(2)
        : value.toPrecision(2);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
