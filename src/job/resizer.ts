// Owns resizing a picture on the GPU from the top down, while the picture itself may still be coming.

import { untilLost } from "../gpu/device-loss.js";
import { PreparedPlan } from "../gpu/executor.js";
import { WeightStore } from "../gpu/weights.js";
import type { Pixels } from "../ops/pixels.js";
import { type Border, packWindow, type Rgba, windowIndices } from "../picture/window.js";
import { type ResizeAxis, type ResizePlan, tapTable } from "../plan/resize-plan.js";
import { type RgbaStrip, runPixels } from "./network-pass.js";

/** A picture of which windows are asked for from the top down. */
export interface WindowSource {
  readonly width: number;
  readonly height: number;
  window(columns: Int32Array, rows: Int32Array): Promise<Rgba>;
}

/** A picture that comes strip by strip; rows above those asked for last are let go. */
export class StripSource implements WindowSource {
  #kept: Pixels;
  /** The picture's row that `#kept` starts with. */
  #first = 0;

  constructor(
    private readonly strips: AsyncIterator<RgbaStrip>,
    readonly width: number,
    readonly height: number,
    bits: 8 | 16,
  ) {
    const data = bits === 16 ? new Uint16Array() : new Uint8Array();
    this.#kept = { data, width, height: 0, channels: 4, bits };
  }

  async window(columns: Int32Array, rows: Int32Array): Promise<Rgba> {
    const top = rows.reduce((least, row) => Math.min(least, row), this.height);
    const bottom = rows.reduce((most, row) => Math.max(most, row), 0);
    while (this.#first + this.#kept.height <= bottom) {
      const { done, value } = await this.strips.next();
      if (done) throw new Error("a picture ended before its last row");
      this.#add(value, Math.max(top - this.#first, 0));
    }
    return packWindow(
      this.#kept,
      columns,
      rows.map((row) => row - this.#first),
    );
  }

  #add(strip: RgbaStrip, dropped: number): void {
    const { width, bits, data, height } = this.#kept;
    const from = Math.min(dropped, height);
    const rest = data.subarray(from * width * 4);
    const length = rest.length + strip.data.length;
    const joined = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
    joined.set(rest);
    joined.set(strip.data, rest.length);
    this.#first += from;
    this.#kept = { ...this.#kept, data: joined, height: length / (width * 4) };
  }
}

/**
 * `source` resized as planned, in strips from the top down. Frees what it made, however it ends.
 * @throws EsrganError "out-of-memory", "device-lost"; what the checkpoint throws
 */
export async function* resizedStrips(
  device: GPUDevice,
  plan: ResizePlan,
  source: WindowSource,
  { wraps, bits, checkpoint }: { readonly wraps: boolean; readonly bits: 8 | 16; readonly checkpoint: () => void },
): AsyncGenerator<RgbaStrip, void, void> {
  const { across, down } = plan;
  const border: Border = wraps ? "wrap" : "repeat";
  const width = across.windows.spans.at(-1)!.coreEnd;
  const weights = new WeightStore(device);
  const prepared = await untilLost(device, PreparedPlan.create(device, plan.run, weights));
  const indices = (axis: ResizeAxis, start: number, length: number) =>
    windowIndices(axis.taps.start[start]!, axis.sourceSize, length, border);
  try {
    for (const row of down.windows.spans) {
      const rows = row.coreEnd - row.coreStart;
      const data = bits === 16 ? new Uint16Array(width * rows * 4) : new Uint8Array(width * rows * 4);
      for (const column of across.windows.spans) {
        checkpoint();
        const input = await source.window(
          indices(across, column.start, source.width),
          indices(down, row.start, source.height),
        );
        prepared.write("tables", tapTable(plan, column.start, row.start));
        const bytes = await runPixels(prepared, input, { checkpoint });
        const result = bits === 16 ? new Uint16Array(bytes) : new Uint8Array(bytes);
        const left = column.coreStart - column.start;
        const length = (column.coreEnd - column.coreStart) * 4;
        for (let y = 0; y < rows; y++) {
          const from = ((row.coreStart - row.start + y) * across.windows.size + left) * 4;
          data.set(result.subarray(from, from + length), (y * width + column.coreStart) * 4);
        }
      }
      yield { y: row.coreStart, rows, data };
    }
  } finally {
    prepared.destroy();
    weights.destroy();
  }
}
