// Owns the constant data of one network on one device: packed weights, slopes, tables, uploaded once.

import { EsrganError } from "../errors.js";
import type { ConstantData } from "../ops/kernel.js";
import { constantBytes, type PlannedResource } from "../plan/runnable-plan.js";
import { whenArrived } from "../weights/arriving.js";
import { EventLoopYield } from "../weights/event-loop-yield.js";
import { NEVER, type Stop } from "../weights/stop.js";
import { type BufferRequest, createBuffers, flushWrites, USAGE } from "./buffers.js";

// One binding lies in one page; small enough for every device's buffer limit, large enough to make few buffers.
const PAGE_BYTES = 32 * 1024 * 1024;

// What was written waits in memory of the device for a submit. Large enough to make few submits.
const UNSENT_BYTES = 4 * 1024 * 1024;

interface Place {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

export class WeightStore {
  readonly #places = new Map<string, Place>();
  readonly #buffers: GPUBuffer[] = [];
  #isDestroyed = false;
  #unsentBytes = 0;

  constructor(private readonly device: GPUDevice) {}

  /**
   * Packs and uploads what of `constants` is not there yet: what is made of weights that are still being loaded, as soon as those have come.
   * Hands the thread back between them. Calls must not overlap. What stops it leaves nothing in the store.
   * @throws EsrganError "out-of-memory"; why the weights do not come; what stops it
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
    const inTurn = oneAfterAnother();
    const uploads = pages.flatMap((page, index) => {
      let offset = 0;
      return page.map((data) => {
        const place = { buffer: buffers[index]!, offset };
        offset += constantBytes(data);
        return whenArrived(() => inTurn(() => this.#upload(data, place, stop)));
      });
    });
    try {
      await stop.until(Promise.all(uploads));
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      this.#send();
    }
  }

  #upload(data: ConstantData, place: Place, stop: Stop): void {
    stop.check();
    if (this.#isDestroyed) throw new EsrganError("internal", "Weights were freed while they were uploaded");
    const { buffer, byteOffset, byteLength } = data.pack();
    this.device.queue.writeBuffer(place.buffer, place.offset, buffer, byteOffset, byteLength);
    this.#places.set(data.key, place);
    this.#unsentBytes += byteLength;
    if (this.#unsentBytes >= UNSENT_BYTES) this.#send();
  }

  #send(): void {
    flushWrites(this.device);
    this.#unsentBytes = 0;
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
    if (this.#unsentBytes > 0) this.#send();
  }
}

/** Runs what it is given one after another, and hands the thread back between. */
function oneAfterAnother(): (work: () => void) => Promise<void> {
  const turns = new EventLoopYield();
  let last = Promise.resolve();
  return (work) => {
    const run = last.then(async () => {
      if (turns.isOver()) await turns.next();
      work();
    });
    last = run.catch(() => {});
    return run;
  };
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
