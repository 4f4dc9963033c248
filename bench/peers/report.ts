// Turns rows into the table that a person reads. Owns the arithmetic on times, and no measuring.
import type { Row } from "./job.js";

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How often `row` takes as long as this library does on the same network; undefined where either has no valid time. */
export function ratioTo(ours: Row | undefined, row: Row): number | undefined {
  return quotient(ours, row, ({ timesMs }) => timesMs && median(timesMs));
}

/** The same of the first runs. */
export function firstRatioTo(ours: Row | undefined, row: Row): number | undefined {
  return quotient(ours, row, ({ firstMs }) => firstMs);
}

function quotient(ours: Row | undefined, row: Row, of: (row: Row) => number | undefined): number | undefined {
  if (!ours || ours.failure || row.failure) return undefined;
  const [mine, theirs] = [of(ours), of(row)];
  return mine === undefined || theirs === undefined ? undefined : theirs / mine;
}

const HEADINGS = ["network", "peer", "median", "fastest..slowest", "runs", "ratio", "first run", "its ratio", "setup"];
const GPU_HEADINGS = ["dispatches", "submits", "pipelines", "peak MiB", "difference"];

/** A table of all rows, each with its ratio to the row of `oursName`, and a line for each that failed. */
export function table(rows: readonly Row[], oursName: string): string {
  const lines = rows.map((row) => {
    const ours = rows.find(({ peer, network }) => peer === oursName && network === row.network);
    const times = row.timesMs;
    return [
      row.network,
      row.peer,
      row.failure === undefined && times ? duration(median(times)) : "FAILED",
      times ? `${duration(Math.min(...times))}..${duration(Math.max(...times))}` : "",
      shown(times?.length),
      factor(ratioTo(ours, row)),
      row.firstMs === undefined ? "" : duration(row.firstMs),
      factor(firstRatioTo(ours, row)),
      row.setupMs === undefined ? "" : duration(row.setupMs),
      shown(row.dispatches),
      shown(row.submits),
      shown(row.pipelines),
      row.peakBytes === undefined ? "" : (row.peakBytes / 2 ** 20).toFixed(1),
      row.difference === undefined ? "" : row.difference.toExponential(1),
    ];
  });
  const failures = rows.filter(({ failure }) => failure !== undefined);
  return [
    ...aligned([[...HEADINGS, ...GPU_HEADINGS], ...lines]),
    ...failures.map(({ network, peer, failure }) => `FAILED ${network}, ${peer}: ${failure}`),
  ].join("\n");
}

function shown(count: number | undefined): string {
  return count === undefined ? "" : String(count);
}

function factor(ratio: number | undefined): string {
  return ratio === undefined ? "" : `${ratio.toPrecision(3)}x`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`;
}

/** Names to the left, figures to the right. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
