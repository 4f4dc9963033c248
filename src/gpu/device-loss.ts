// Owns waiting on a device that may be lost: a lost device leaves waits unanswered.

import { EsrganError } from "../errors.js";

interface Watch {
  error: EsrganError | undefined;
  /** Those who wait. A set, because racing against device.lost itself would leave a reaction behind for each wait. */
  readonly waiting: Set<(error: EsrganError) => void>;
}

// What a loss makes fail may fail before the device says that it is lost. Failures are rare enough to wait for that.
const LOSS_NEWS_MS = 20;

const TURN_MS = 1000;

const watches = new WeakMap<GPUDevice, Watch>();

/** How long to wait at most, and what for. */
export interface WaitLimit {
  readonly ms: number;
  readonly what: string;
}

/**
 * `promise`, or a failure as soon as the device is lost, or once it took longer than `limit`.
 * @throws EsrganError "device-lost"
 */
export function untilLost<T>(device: GPUDevice, promise: Promise<T>, limit?: WaitLimit): Promise<T> {
  const watch = watchOf(device);
  return new Promise<T>((resolve, reject) => {
    const settle = (result: () => void) => {
      clearInterval(timer);
      watch.waiting.delete(fail);
      result();
    };
    const fail = (error: EsrganError) => settle(() => reject(error));
    // Turns are counted, not time: while this thread is held up, nothing that a device has to say can be heard.
    let turns = 0;
    const count = ({ ms, what }: WaitLimit) => {
      if (++turns * TURN_MS >= ms) fail(overdue({ ms, what }));
    };
    const timer = limit && setInterval(count, TURN_MS, limit);
    watch.waiting.add(fail);
    if (watch.error) fail(watch.error);
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => setTimeout(() => settle(() => reject(error)), LOSS_NEWS_MS),
    );
  });
}

/**
 * What the device answers to `ask`: a call of the API of WebGPU. `what` is asked for, as in "a result of 16 bytes".
 * @throws EsrganError "device-lost", or "internal" with the API's own error as its cause
 */
export async function answered<T>(
  device: GPUDevice,
  what: string,
  ask: () => Promise<T>,
  limitMs?: number,
): Promise<T> {
  try {
    return await untilLost(device, ask(), limitMs === undefined ? undefined : { ms: limitMs, what });
  } catch (cause) {
    if (cause instanceof EsrganError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EsrganError("internal", `The GPU device did not give ${what}: ${why}`, { cause });
  }
}

/**
 * Waits until it is known whether the device was lost already: nothing may be made on one that was.
 * @throws EsrganError "device-lost"
 */
export function requireAlive(device: GPUDevice): Promise<void> {
  // A loss that was there before is heard first, as it was asked for first.
  return untilLost(device, Promise.resolve());
}

function overdue({ ms, what }: WaitLimit): EsrganError {
  return new EsrganError(
    "device-lost",
    `The GPU device has kept ${what} waiting for ${ms / 1000} s, so it counts as lost`,
  );
}

function watchOf(device: GPUDevice): Watch {
  const found = watches.get(device);
  if (found) return found;
  const watch: Watch = { error: undefined, waiting: new Set() };
  watches.set(device, watch);
  device.lost.then(({ reason, message }) => {
    const why = [reason, message].filter(Boolean).join(": ") || "no reason given";
    watch.error = new EsrganError("device-lost", `The GPU device was lost (${why})`);
    for (const fail of watch.waiting) fail(watch.error);
    watch.waiting.clear();
  });
  return watch;
}
