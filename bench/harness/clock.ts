// Owns the measuring of time: timestamps that the GPU writes where they can be trusted, else the time from submitting until
// the work is done. How often something is measured is measure.ts.

import { EsrganError } from "../../src/errors.js";
import { untilLost } from "../../src/gpu/device-loss.js";
import { spinner } from "./spin.js";

/** What is recorded into a compute pass. */
export type Recording = (pass: GPUComputePassEncoder) => void;

export interface Clock {
  readonly kind: "timestamp-query" | "wall";
  /** Why this kind: half a sentence. */
  readonly why: string;
  /** Runs one pass; the milliseconds it took. */
  time(record: Recording): Promise<number>;
  destroy(): void;
}

/** The best clock this device has. The device needs the feature "timestamp-query" for the better one. */
export async function openClock(device: GPUDevice): Promise<Clock> {
  const wall = wallClock(device, "the device has no timestamp-query");
  if (!device.features.has("timestamp-query")) return wall;
  const timestamps = timestampClock(device);
  let doubt: string | undefined;
  for (let attempt = 0; attempt < CHECKS; attempt++) {
    doubt = await whyNotTrusted(device, timestamps, wall);
    if (doubt === undefined) return timestamps;
  }
  timestamps.destroy();
  return wallClock(device, `timestamps are not to be trusted here: ${doubt}`);
}

// Other work on the machine may spoil a check.
const CHECKS = 3;

function wallClock(device: GPUDevice, why: string): Clock {
  return {
    kind: "wall",
    why,
    async time(record) {
      const encoder = device.createCommandEncoder({ label: "bench" });
      const pass = encoder.beginComputePass({ label: "bench" });
      record(pass);
      pass.end();
      const commands = encoder.finish();
      const start = performance.now();
      device.queue.submit([commands]);
      await untilLost(device, device.queue.onSubmittedWorkDone());
      return performance.now() - start;
    },
    destroy() {},
  };
}

// GPUBufferUsage and GPUMapMode are not global everywhere (Node).
const USAGE = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, queryResolve: 0x200 } as const;
const MAP_READ = 0x1;
const STAMPS_BYTES = 16;

function timestampClock(device: GPUDevice): Clock {
  const querySet = device.createQuerySet({ label: "bench", type: "timestamp", count: 2 });
  const buffer = (usage: number) => device.createBuffer({ label: "bench stamps", size: STAMPS_BYTES, usage });
  const resolved = buffer(USAGE.queryResolve | USAGE.copySrc);
  const staging = buffer(USAGE.mapRead | USAGE.copyDst);
  return {
    kind: "timestamp-query",
    why: "timestamps agree with the wall clock and grow with the work",
    async time(record) {
      const encoder = device.createCommandEncoder({ label: "bench" });
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
      const pass = encoder.beginComputePass({ label: "bench", timestampWrites });
      record(pass);
      pass.end();
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, STAMPS_BYTES);
      device.queue.submit([encoder.finish()]);
      await untilLost(device, staging.mapAsync(MAP_READ));
      const [begin, end] = new BigUint64Array(staging.getMappedRange().slice(0)) as unknown as [bigint, bigint];
      staging.unmap();
      return Number(end - begin) / 1e6;
    },
    destroy() {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}

// Long enough for browsers, which round timestamps to 65,536 ns, and for the tenths of a millisecond a submit takes.
const CHECK_MS = 15;
const MAX_CHECK_REPEATS = 4096;

/** Times a kernel of known relative cost with both clocks; what is wrong with the timestamps, if anything. */
async function whyNotTrusted(device: GPUDevice, stamps: Clock, wall: Clock): Promise<string | undefined> {
  const spin = await spinner(device, { type: "f32", accumulators: 2, invocations: 4096 });
  try {
    const repeated = (count: number) => (pass: GPUComputePassEncoder) => spin.record(pass, count);
    let count = 1;
    while (count < MAX_CHECK_REPEATS && (await wall.time(repeated(count))) < CHECK_MS) count *= 2;
    const once = await stamps.time(repeated(count));
    const fourfold = await stamps.time(repeated(4 * count));
    const fourfoldWall = await wall.time(repeated(4 * count));
    if (!(once > 0)) return `a pass took ${once} ms by them`;
    const growth = fourfold / once;
    if (growth < 2.5 || growth > 6) return `four times the work took ${growth.toFixed(1)} times as long by them`;
    const share = fourfold / fourfoldWall;
    if (share < 0.5 || share > 1.5) return `they gave ${share.toFixed(2)} of the wall clock's time`;
    return undefined;
  } catch (error) {
    if (error instanceof EsrganError && error.code === "device-lost") throw error;
    return (error as Error).message;
  } finally {
    spin.destroy();
  }
}
