// Owns the constant data of one network on one device: packed weights, slopes, tables, uploaded once.

import { EsrganError } from "../errors.js";
import type { ConstantData } from "../ops/kernel.js";
import { EventLoopYield } from "../picture/event-loop-yield.js";
import { constantBytes, type PlannedResource } from "../plan/runnable-plan.js";
import { NEVER } from "../weights/stop.js";
import { type BufferRequest, createBuffers, flushWrites, USAGE } from "./buffers.js";

// One binding lies in one page; small enough for every device's buffer limit, large enough to make few buffers.
const PAGE_BYTES = 32 * 1024 * 1024;

interface Place {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

export class WeightStore {
  readonly #places = new Map<string, Place>();
  readonly #buffers: GPUBuffer[] = [];
  #isDestroyed = false;

  constructor(private readonly device: GPUDevice) {}

  /**
   * Uploads what of `constants` is not there yet. Calls must not overlap.
   * Hands the thread back between them. What stops it leaves nothing in the store.
   * @throws EsrganError "out-of-memory"; what stops it
   */
  async require(constants: readonly ConstantData[], stop = NEVER): Promise<void> {
    const missing = constants.filter((data) => !this.#places.has(data.key));
    if (missing.length === 0) return;
    const pages = paginate(missing);
    const requests = pages.map(
      (page): BufferRequest => ({
        label: "weights",
        byteLength: page.reduce((sum, data) => sum + constantBytes(data), 0),
        usage: USAGE.storage | USAGE.uniform | USAGE.copyDst,
      }),
    );
    const buffers = await createBuffers(this.device, requests);
    this.#buffers.push(...buffers);
    try {
      const turns = new EventLoopYield();
      for (const [index, page] of pages.entries()) {
        const buffer = buffers[index]!;
        let offset = 0;
        for (const data of page) {
          if (turns.isOver()) await turns.next();
          stop.check();
          this.#requireAlive();
          const packed = data.pack();
          this.device.queue.writeBuffer(buffer, offset, packed.buffer, packed.byteOffset, packed.byteLength);
          this.#places.set(data.key, { buffer, offset });
          offset += constantBytes(data);
        }
      }
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      flushWrites(this.device);
    }
  }

  #requireAlive(): void {
    if (this.#isDestroyed) throw new EsrganError("internal", "Weights were freed while they were uploaded");
  }

  binding({ key, offset, byteLength }: PlannedResource & { kind: "constant" }): GPUBufferBinding {
    const place = this.#places.get(key)!;
    return { buffer: place.buffer, offset: place.offset + offset, size: byteLength };
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.length = 0;
    this.#places.clear();
  }
}

function paginate(constants: readonly ConstantData[]): ConstantData[][] {
  const pages: ConstantData[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const data of constants) {
    const size = constantBytes(data);
    if (bytes + size > PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)!.push(data);
    bytes += size;
  }
  return pages;
}
