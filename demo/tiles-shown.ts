// Owns which part of a picture that is being computed is there already. Pure.

import type { UpscalePlan } from "esrgan-webgpu";

/**
 * The tiles done as a CSS polygon in percent of the picture, by the share of the work done; undefined where tiles are not shown before the
 * end, as in a picture that is resized afterwards. `source` is the picture's extent.
 */
export function shownTiles(
  plan: Pick<UpscalePlan, "passes" | "tile" | "flops" | "steps" | "width">,
  source: { readonly width: number; readonly height: number },
  networkScale: number,
  share: number,
): string | undefined {
  const { passes, tile, flops, steps } = plan;
  if (networkScale ** passes * source.width !== plan.width) return undefined;
  const last = steps.reduce((sum, step) => sum + step.flops, 0) * tile.columns * tile.rows;
  const done = Math.floor(tile.columns * tile.rows * (1 - ((1 - share) * flops) / last) + 1e-6);
  if (done <= 0) return undefined;
  const enlarged = networkScale ** (passes - 1);
  const x = edges(source.width * enlarged, tile.width, tile.columns);
  const y = edges(source.height * enlarged, tile.height, tile.rows);
  const row = Math.floor(done / tile.columns);
  const [right, top, bottom] = [x[done % tile.columns]!, y[row]!, y[Math.min(row + 1, tile.rows)]!];
  const points = [
    [0, 0],
    [100, 0],
    [100, top],
    [right, top],
    [right, bottom],
    [0, bottom],
  ];
  return `polygon(${points.map(([px, py]) => `${px}% ${py}%`).join(", ")})`;
}

// Pixels of the source that are kept back, so that the browser blends no edge with what is still black.
const BLEND = 1;

/** Where tiles spread evenly over `length` end, in percent: in the middle of what neighbours have in common. */
function edges(length: number, size: number, count: number): number[] {
  const start = (at: number) => Math.round((at * (length - size)) / Math.max(1, count - 1));
  const between = Array.from({ length: count - 1 }, (_, at) => (start(at) + size + start(at + 1)) / 2);
  return [0, ...between.map((edge) => ((edge - BLEND) / length) * 100), 100];
}
