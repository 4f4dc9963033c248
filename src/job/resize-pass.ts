// Owns resizing a picture on the GPU from the top down, while the picture itself may still be coming.

import { PreparedPlan } from "../gpu/executor.js";
import { WeightStore } from "../gpu/weights.js";
import { PICTURE_HEADER_BYTES, rowWords } from "../ops/picture.kernels.js";
import { type RegionPlaces, regionWords } from "../ops/region.js";
import { type ResizePlan, tapsRectangle, tapTables, windowRegion } from "../plan/resize-plan.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import type { Stop } from "../weights/stop.js";
import { NO_ROWS } from "./alpha-source.js";
import {
  copyRows,
  givenPictures,
  type PassAlpha,
  type PassForm,
  type PassSource,
  type PassTarget,
  readStored,
} from "./network-pass.js";
import { emptyArray, type PixelStrip, packedRows } from "./pixel-source.js";
import type { NetworkSession } from "./session.js";

export interface ResizeSettings {
  readonly plan: ResizePlan;
  readonly source: PassSource;
  readonly target: PassTarget;
  readonly form: Pick<PassForm, "source" | "target">;
  readonly alpha: PassAlpha | undefined;
  /** Called when a window was stored on the GPU. */
  readonly onTile?: (() => void) | undefined;
  readonly wraps: boolean;
  readonly stop: Stop;
}

/**
 * The source resized as planned, in strips from the top down, or into a picture on the GPU. Frees what it made, however it ends.
 * @throws EsrganError "out-of-memory", "device-lost"; what stops it
 */
export async function* resizedStrips(
  session: NetworkSession,
  { plan, source, target, form, alpha, wraps, stop, onTile }: ResizeSettings,
): AsyncGenerator<PixelStrip, void, void> {
  const { across, down } = plan;
  const width = across.windows.spans.at(-1)!.coreEnd;
  const { device } = session;
  const weights = new WeightStore(device);
  const prepared = session.own(await PreparedPlan.create(device, plan.run, weights, stop));
  try {
    const pictures = prepared.bindPictures(givenPictures(form, source, target, alpha));
    for (const row of down.windows.spans) {
      const rows = row.coreEnd - row.coreStart;
      const strip = { x: 0, y: row.coreStart, width, height: rows };
      const { channels, bits } = target.at === "cpu" ? target : { channels: 0, bits: 8 as const };
      const data = emptyArray(bits, width * rows * channels);
      for (const column of across.windows.spans) {
        stop.check();
        const region = windowRegion(plan, column, row, wraps);
        const { kept, to } = region;
        const window = { x: column.start, y: row.start, width: across.windows.size, height: down.windows.size };
        const places: RegionPlaces = {
          source: await sourceAtHand(window),
          target: {
            offset: PICTURE_HEADER_BYTES / 4,
            pitch: target.at === "cpu" ? rowWords(kept.width, target) : 0,
          },
          tables: window,
          alpha: alpha ? await alpha.upload(prepared, window) : NO_ROWS,
          alphaBorder: alpha?.border ?? "repeat",
        };
        prepared.write("tables", tapTables(across.taps, down.taps, window));
        prepared.write("regions", regionWords(region, places));
        await prepared.run({ pictures, checkpoint: stop.check });
        stop.check();
        if (target.at === "gpu") {
          onTile?.();
          continue;
        }
        const bytes = await readStored(prepared, rowWords(kept.width, target) * 4 * kept.height);
        await doneInTurns(copyRows({ bytes, kept: { ...kept, ...to } }, target, { strip, data }), stop);
      }
      yield { y: row.coreStart, rows, data };
    }
  } finally {
    session.free(prepared);
    weights.destroy();
  }

  async function sourceAtHand(window: RegionPlaces["tables"]) {
    if (source.at === "gpu") return source.rows;
    const part = tapsRectangle(across.taps, down.taps, window);
    prepared.write("picture-in", await source.pixels.pack(part));
    return packedRows(part, source.pixels);
  }
}
