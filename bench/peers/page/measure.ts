// Times one peer on one network and counts what it does to the GPU. Owns what is measured and in which order, not what runs.
import type { Budget, Row } from "../job.js";
import type { Meter } from "./meter.js";
import type { OpenedPeer } from "./peers/peer.js";

const WARM_UP_MS = 500; // a GPU's clocks take some tenths of a second to rise
const MAX_WARM_UPS = 10;
const TIMED_MS = 1000; // below that one run says little
const MAX_TIMED = 30;

export type Measured = Omit<Row, "network" | "peer" | "difference" | "reference" | "failure">;

/** Opens the peer, warms up, times runs; the values are those of the last run, `[3,H,W]`. */
export async function measure(
  open: () => Promise<OpenedPeer>,
  meter: Meter,
  { repeats }: Budget,
): Promise<{ measured: Measured; values: Float32Array }> {
  const start = performance.now();
  const peer = await open();
  const setupMs = performance.now() - start;
  const timed = async () => {
    const before = performance.now();
    const values = await peer.run();
    return { durationMs: performance.now() - before, values };
  };
  const firstMs = (await timed()).durationMs;
  for (let sum = firstMs, runs = 1; sum < WARM_UP_MS && runs < MAX_WARM_UPS; runs++) sum += (await timed()).durationMs;
  const before = { dispatches: meter.dispatches, submits: meter.submits };
  let last = await timed();
  const counts = { dispatches: meter.dispatches - before.dispatches, submits: meter.submits - before.submits };
  const timesMs = [last.durationMs];
  for (let sum = last.durationMs; timesMs.length < repeats || (sum < TIMED_MS && timesMs.length < MAX_TIMED); ) {
    last = await timed();
    timesMs.push(last.durationMs);
    sum += last.durationMs;
  }
  if (meter.errors.length > 0) throw new Error(`WebGPU reported: ${meter.errors[0]}`);
  const { pipelines, peakBytes, adapters } = meter;
  const gpu = meter.devices.length > 0 ? { ...counts, pipelines, peakBytes, adapter: adapters.join(", ") } : {};
  return { measured: { setupMs, firstMs, timesMs, ...gpu }, values: last.values() };
}
