// Owns running a network over a whole picture, tile by tile, and giving the result from the top down.

import type { PreparedPlan, RunOptions } from "../gpu/executor.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { PICTURE_HEADER_BYTES } from "../ops/small.kernels.js";
import {
  type Border,
  ORIENTATIONS,
  type Orientation,
  packWindow,
  type Rgba,
  UPRIGHT,
  visitUpright,
  windowIndices,
} from "../picture/window.js";
import type { TileChoice } from "../plan/tile-choice.js";
import type { AxisTiles, TileSpan } from "../plan/tile-plan.js";
import type { TileForm } from "./network-planner.js";
import type { NetworkState } from "./network-state.js";

/** Rows of a result as RGBA, from row `y` on. */
export interface RgbaStrip {
  readonly y: number;
  readonly rows: number;
  readonly data: Rgba;
}

export interface PassSettings {
  readonly source: Pixels;
  /** Output pixels for each of the source's along an axis. */
  readonly scale: number;
  readonly outBits: 8 | 16;
  readonly tiles: TileChoice;
  readonly wraps: boolean;
  /** Self-ensemble: the mean over all eight orientations. */
  readonly tta: boolean;
}

/** What a running pass tells and asks. */
export interface PassEvents {
  /** Throws to stop. Called before each submit. */
  readonly checkpoint: () => void;
  /** Work done since the last call, in runs of a tile. */
  readonly advance: (runs: number) => void;
}

/** Some value of a tile was not finite. */
export class NotFinite extends Error {}

/** Runs that a pass takes: tiles, and orientations of each. */
export function runsOf({ tiles, tta }: Pick<PassSettings, "tiles" | "tta">): number {
  return tiles.columns.spans.length * tiles.rows.spans.length * (tta ? ORIENTATIONS.length : 1);
}

type FormSettings = Pick<PassSettings, "outBits" | "tiles" | "tta"> & {
  readonly source: Pick<Pixels, "bits" | "channels">;
};

/** The form of tile that a pass prepares for an orientation. */
export function tileForm(
  { source, outBits, tiles, tta }: FormSettings,
  { transpose }: Orientation = UPRIGHT,
): TileForm {
  const { columns, rows, windows } = tiles;
  const upright = { width: columns.size, height: rows.size, windows };
  const turned = {
    width: rows.size,
    height: columns.size,
    windows: { columns: windows.rows, rows: windows.columns },
  };
  return {
    ...(transpose ? turned : upright),
    bits: source.bits,
    // A mean over orientations is rounded once, at the end.
    outBits: tta ? 16 : outBits,
    gray: source.channels < 3,
  };
}

/**
 * The result of `settings`, a strip for each row of tiles; rows before `firstRow` are left out and, where a row of tiles has
 * no others, not computed.
 * @throws NotFinite where a tile's values are not; EsrganError as NetworkState.prepare; what the checkpoint throws
 */
export async function* networkStrips(
  state: NetworkState,
  settings: PassSettings,
  events: PassEvents,
  firstRow = 0,
): AsyncGenerator<RgbaStrip, void, void> {
  const { source, scale, tiles } = settings;
  for (const row of tiles.rows.spans) {
    const end = row.coreEnd * scale;
    if (end <= firstRow) continue;
    const y = row.coreStart * scale;
    const data = await tileRow(state, settings, events, row);
    const skipped = Math.max(firstRow - y, 0);
    yield { y: y + skipped, rows: end - y - skipped, data: data.subarray(skipped * source.width * scale * 4) };
  }
}

async function tileRow(state: NetworkState, settings: PassSettings, events: PassEvents, row: TileSpan): Promise<Rgba> {
  const { source, scale, outBits, tiles, tta } = settings;
  const pitch = source.width * scale;
  const length = pitch * (row.coreEnd - row.coreStart) * scale * 4;
  const strip = outBits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  const sums = tta ? new Uint32Array(length) : undefined;
  // Orientations outside: those that lie alike share what was prepared.
  for (const orientation of tta ? ORIENTATIONS : [UPRIGHT]) {
    for (const column of tiles.columns.spans) {
      const result = await runTile(state, settings, events, column, row, orientation);
      const target = { into: sums ?? strip, at: column.coreStart * scale, pitch };
      copyCore(result, settings, orientation, column, row, target);
    }
  }
  if (sums) {
    const levels = LARGEST_VALUE[16] / LARGEST_VALUE[outBits];
    for (let i = 0; i < length; i++) strip[i] = Math.floor(sums[i]! / ORIENTATIONS.length / levels + 0.5);
  }
  return strip;
}

/** The whole tile's result in its orientation, as RGBA. */
async function runTile(
  state: NetworkState,
  settings: PassSettings,
  { checkpoint, advance }: PassEvents,
  column: TileSpan,
  row: TileSpan,
  orientation: Orientation,
): Promise<Rgba> {
  const { source, wraps } = settings;
  const form = tileForm(settings, orientation);
  const prepared = await state.prepare(form);
  checkpoint();
  const { columns, rows } = settings.tiles;
  const indices = (tiles: AxisTiles, start: number, length: number) =>
    windowIndices(start, tiles.size, length, wraps ? "wrap" : paddingOf(tiles, length));
  const input = packWindow(
    source,
    indices(columns, column.start, source.width),
    indices(rows, row.start, source.height),
    orientation,
  );
  let reported = 0;
  const bytes = await runPixels(prepared, input, {
    checkpoint,
    onProgress: (done, total) => {
      advance(done / total - reported);
      reported = done / total;
    },
  });
  return form.outBits === 16 ? new Uint16Array(bytes) : new Uint8Array(bytes);
}

/** How a picture is padded to a size that the network takes: a reflection, unless it would need more pixels than there are. */
function paddingOf({ size, spans }: AxisTiles, length: number): Border {
  const padding = spans.at(-1)!.start + size - length;
  return padding >= length ? "repeat" : "reflect";
}

/**
 * Runs a plan from pixels to pixels.
 * @throws NotFinite; EsrganError "device-lost"; what the checkpoint throws
 */
export async function runPixels(prepared: PreparedPlan, input: Rgba, options: RunOptions): Promise<ArrayBuffer> {
  prepared.write("picture-in", input);
  prepared.write("picture-out", new Uint32Array(PICTURE_HEADER_BYTES / 4));
  await prepared.run(options);
  options.checkpoint?.();
  const bytes = await prepared.readPicture();
  if (new Uint32Array(bytes, 0, 1)[0] !== 0) throw new NotFinite();
  return bytes.slice(PICTURE_HEADER_BYTES);
}

/** Copies a tile's core into a strip, or adds it to one of sums. */
function copyCore(
  result: Rgba,
  { scale, tiles }: PassSettings,
  orientation: Orientation,
  column: TileSpan,
  row: TileSpan,
  { into, at, pitch }: { readonly into: Rgba | Uint32Array; readonly at: number; readonly pitch: number },
): void {
  const extent = { width: tiles.columns.size * scale, height: tiles.rows.size * scale };
  const core = {
    left: (column.coreStart - column.start) * scale,
    top: (row.coreStart - row.start) * scale,
    width: (column.coreEnd - column.coreStart) * scale,
    height: (row.coreEnd - row.coreStart) * scale,
  };
  if (!(into instanceof Uint32Array)) {
    for (let y = 0; y < core.height; y++) {
      const from = ((core.top + y) * extent.width + core.left) * 4;
      into.set(result.subarray(from, from + core.width * 4), (y * pitch + at) * 4);
    }
    return;
  }
  visitUpright(extent, orientation, core, pitch, (from, to) => {
    for (let c = 0; c < 4; c++) into[(to + at) * 4 + c]! += result[from * 4 + c]!;
  });
}
