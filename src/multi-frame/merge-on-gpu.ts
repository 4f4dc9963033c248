// Owns running a merge on a device: tile after tile through one prepared plan, and all freed at the end.

import { capabilitiesOf } from "../gpu/capabilities.js";
import { PreparedPlan } from "../gpu/executor.js";
import { WeightStore } from "../gpu/weights.js";
import { type Progress, ProgressMeter } from "../job/progress.js";
import { packedBytes, packTables } from "../ops/multi-frame.kernels.js";
import { axisTaps, type Shift } from "../ops/observation.js";
import type { Pixels } from "../ops/pixels.js";
import { requireFits } from "../plan/runnable-plan.js";
import type { TileSpan } from "../plan/tile-plan.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import { Stop } from "../weights/stop.js";
import { levels } from "./frames.js";
import { stepSize } from "./merge.reference.js";
import { chooseMergeTiles, type MergePlan, type MergeTiles, planMerge } from "./merge-plan.js";
import type { MergeRequest } from "./method.js";

export interface MergeJob {
  /** Of one kind. */
  readonly frames: readonly Pixels[];
  readonly shifts: readonly Shift[];
  readonly request: MergeRequest;
  /** Bytes that everything on the GPU may take together. */
  readonly memoryBudget: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * The merged picture.
 * @throws signal.reason if aborted; EsrganError "bad-input" where the budget is too small, "unsupported-device", "out-of-memory",
 *   "device-lost"
 */
export async function mergeOnGpu(device: GPUDevice, job: MergeJob): Promise<Pixels> {
  const { frames, shifts, request, signal } = job;
  const { width, height, channels, bits } = frames[0]!;
  const form = { width, height, channels, bits, frames: frames.length };
  const stop = new Stop(signal);
  const step = await doneInTurns(stepSize(form, request, shifts), stop);
  const capabilities = capabilitiesOf(device);
  const reach = Math.max(...shifts.map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y))));
  const tiles = chooseMergeTiles(form, request, { budget: job.memoryBudget, reach, device: capabilities });
  const plan = planMerge({ ...form, width: tiles.columns.size, height: tiles.rows.size }, request, step);
  requireFits(plan, capabilities, "Merging these frames");
  const prepared = await PreparedPlan.create(device, plan, new WeightStore(device), stop);
  try {
    return await mergeTiles(prepared, tiles, job, stop);
  } finally {
    prepared.destroy();
  }
}

async function mergeTiles(
  prepared: PreparedPlan<MergePlan>,
  tiles: MergeTiles,
  job: MergeJob,
  stop: Stop,
): Promise<Pixels> {
  const { frames, shifts, request } = job;
  const { shape, resultBytes } = prepared.plan;
  const { scale } = request;
  const { width, height, channels, bits } = frames[0]!;
  const place = (shift: number) => scale * shift + (scale - 1) / 2;
  const views = shifts.map(({ x, y }) => ({
    columns: axisTaps(shape.width, scale, request.psf, x),
    rows: axisTaps(shape.height, scale, request.psf, y),
    place: { x: place(x), y: place(y) },
  }));
  prepared.write("tables", packTables(shape, views));
  const result = {
    data: levels(width * height * channels * scale * scale, bits),
    width: width * scale,
    height: height * scale,
    channels,
    bits,
  };
  const count = tiles.columns.spans.length * tiles.rows.spans.length;
  const meter = new ProgressMeter(count, job.onProgress);
  for (const row of tiles.rows.spans) {
    for (const column of tiles.columns.spans) {
      stop.check();
      prepared.write("picture-in", cutFrames(frames, { column, row, width: shape.width, height: shape.height }));
      let share = 0;
      await prepared.run({
        checkpoint: stop.check,
        onProgress(done, total) {
          meter.advance(done / total - share);
          share = done / total;
        },
      });
      stop.check();
      const bytes = await prepared.readPicture("packed-out", resultBytes);
      stop.check();
      putCore(result, bytes, { column, row, width: shape.width * scale, scale });
    }
  }
  meter.end();
  return result;
}

interface TilePlace {
  readonly column: TileSpan;
  readonly row: TileSpan;
  readonly width: number;
}

/** The tile of each frame, one after another, in whole words. */
function cutFrames(frames: readonly Pixels[], tile: TilePlace & { readonly height: number }): Uint8Array<ArrayBuffer> {
  const { channels, bits } = frames[0]!;
  const rowValues = tile.width * channels;
  const bytes = packedBytes(frames.length * tile.height * rowValues, bits);
  const values = levels((bytes * 8) / bits, bits);
  let at = 0;
  for (const { data, width } of frames) {
    for (let y = 0; y < tile.height; y++) {
      const from = ((tile.row.start + y) * width + tile.column.start) * channels;
      values.set(data.subarray(from, from + rowValues), at);
      at += rowValues;
    }
  }
  return new Uint8Array(values.buffer);
}

/** Copies the tile's core to its place in the result. */
function putCore(
  result: Pixels,
  bytes: ArrayBuffer,
  { column, row, width, scale }: TilePlace & { readonly scale: number },
): void {
  const { channels, bits } = result;
  const merged = bits === 16 ? new Uint16Array(bytes) : new Uint8Array(bytes);
  const left = (column.coreStart - column.start) * scale * channels;
  const right = (column.coreEnd - column.start) * scale * channels;
  for (let y = row.coreStart * scale; y < row.coreEnd * scale; y++) {
    const from = (y - row.start * scale) * width * channels;
    const to = (y * result.width + column.coreStart * scale) * channels;
    result.data.set(merged.subarray(from + left, from + right), to);
  }
}
