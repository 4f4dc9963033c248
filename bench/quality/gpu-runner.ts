// Owns the run of a model on a device: on values as they are, in tiles, or on a picture as a caller of the library has it run.

import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { reachOf } from "../../src/graph/reach.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { type Tensor, tensor } from "../../src/ops/tensor.js";
import { cutAxisBySize, smallestTile, type TileSpan } from "../../src/plan/tile-plan.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import type { Runner } from "./protocols.js";

/** Large tiles make buffers that small devices refuse. */
const LARGEST_SIDE = 512;

/** Runs one model. Destroy it when done. */
export class GpuRunner implements Runner {
  #upscaler: Upscaler | undefined;

  constructor(private readonly device: GPUDevice) {}

  async values(model: Model, input: Tensor): Promise<Tensor> {
    const { graph, scale } = model.network;
    return inTiles(input, { scale, overlap: reachOf(graph) }, (part) => runTensorOnGpu(this.device, graph, part));
  }

  async picture(model: Model, input: Pixels): Promise<Pixels> {
    this.#upscaler ??= await createUpscaler(this.device, { model, precision: "f32", tuning: "off" });
    return this.#upscaler.upscale(input);
  }

  destroy(): void {
    this.#upscaler?.destroy();
  }
}

/** What `run` makes of `input`, tile by tile; exact where a tile overlaps its neighbours by as much as the network looks. */
export async function inTiles(
  input: Tensor,
  { scale, overlap, side = LARGEST_SIDE }: { readonly scale: number; readonly overlap: number; readonly side?: number },
  run: (part: Tensor) => Promise<Tensor>,
): Promise<Tensor> {
  const cut = (length: number) => {
    const request = { length, overlap, multiple: 1, wraps: false };
    return cutAxisBySize(request, Math.max(Math.floor(side / scale), smallestTile(request)));
  };
  const [columns, rows] = [cut(input.width), cut(input.height)];
  const out = tensor({ channels: 3, height: input.height * scale, width: input.width * scale });
  for (const y of rows.spans) {
    for (const x of columns.spans) {
      const part = tensor({ channels: input.channels, height: rows.size, width: columns.size });
      copy(input, { x: x.start, y: y.start }, part, { x: 0, y: 0 }, part);
      const core = { width: coreLength(x) * scale, height: coreLength(y) * scale };
      const from = { x: (x.coreStart - x.start) * scale, y: (y.coreStart - y.start) * scale };
      copy(await run(part), from, out, { x: x.coreStart * scale, y: y.coreStart * scale }, core);
    }
  }
  return out;
}

function coreLength({ coreStart, coreEnd }: TileSpan): number {
  return coreEnd - coreStart;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function copy(
  from: Tensor,
  start: Place,
  to: Tensor,
  at: Place,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  for (let c = 0; c < to.channels; c++) {
    for (let y = 0; y < height; y++) {
      const source = (c * from.height + start.y + y) * from.width + start.x;
      to.data.set(from.data.subarray(source, source + width), (c * to.height + at.y + y) * to.width + at.x);
    }
  }
}
