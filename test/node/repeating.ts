// A stand-in for the network, for tests of all around it.
import type { Engine, EngineOptions } from "../../src/node/engine.js";
import type { Pixels } from "../../src/ops/pixels.js";

/** Repeats pixels, and gives a row at a time. */
export class Repeating implements Engine {
  readonly model = "repeating";
  readonly adapter = "none";
  readonly precision = "f32";
  isDestroyed = false;
  runs = 0;

  constructor(
    readonly options: EngineOptions,
    private readonly scale: number,
    /** Throws before a row, or not. */
    private readonly beforeRow: (run: number, y: number) => unknown = () => {},
  ) {}

  plan({ width, height, channels, bits }: Omit<Pixels, "data">) {
    const size = { width: Math.round(width * this.scale), height: Math.round(height * this.scale) };
    return {
      ...size,
      tiles: 1,
      reason: `${channels} of ${bits}`,
      dispatches: 7,
      pipelines: 3,
      peakBytes: 1,
      weightBytes: 1,
    };
  }

  async *strips(source: Pixels, { onProgress, onNote }: Parameters<Engine["strips"]>[1]) {
    const run = this.runs++;
    const { channels } = source;
    const { width, height } = this.plan(source);
    if (run === 0) onNote("it was done twice");
    for (let y = 0; y < height; y++) {
      await this.beforeRow(run, y);
      const data = new (source.bits === 16 ? Uint16Array : Uint8Array)(width * channels);
      const from = Math.floor(y / this.scale) * source.width;
      for (let i = 0; i < data.length; i++) {
        data[i] = source.data[(from + Math.floor(i / channels / this.scale)) * channels + (i % channels)]!;
      }
      yield { y, pixels: { ...source, data, width, height: 1 } };
      onProgress({ done: y + 1, total: height });
    }
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}
