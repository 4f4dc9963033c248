// Owns what has to outlast the use of a device, as Dawn takes the process down where it is collected, or its code is torn down, at work.
// Opening one is adapters.ts.

import { availableParallelism } from "node:os";

interface OpenDevice {
  readonly device: GPUDevice;
  /** Of the adapter nothing is used, but Dawn does. */
  readonly adapter: GPUAdapter;
  readonly compiling: Set<Promise<unknown>>;
}

const devices = new Set<OpenDevice>();

let isWatchingExit = false;

/**
 * Keeps a device until it was destroyed or lost and nothing compiles on it any more. `onEnd` is called then, once, and right away where nothing
 * compiles. Gives what destroys the device.
 */
export function keepOpen(device: GPUDevice, adapter: GPUAdapter, onEnd: () => void): () => void {
  if (!isWatchingExit) process.on("exit", endCompiling);
  isWatchingExit = true;
  const open: OpenDevice = { device, adapter, compiling: watchCompiling(device) };
  devices.add(open);
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    const forget = () => {
      devices.delete(open);
      onEnd();
    };
    if (open.compiling.size === 0) forget();
    else Promise.allSettled(open.compiling).then(forget); // a call that was aborted does not wait for what compiles
  };
  device.lost.then(end);
  return () => {
    device.destroy();
    end();
  };
}

/**
 * Dawn compiles in threads of its own, which crash once the process takes its code down. Destroying a device waits for them: for kernels that
 * were begun, as others wait here.
 */
function endCompiling(): void {
  for (const { device, compiling } of devices) {
    if (compiling.size > 0) device.destroy();
  }
}

/** What compiles on the device at the moment, of which Dawn has no more than it may compile at once. */
function watchCompiling(device: GPUDevice): Set<Promise<unknown>> {
  const compiling = new Set<Promise<unknown>>();
  const watched = <A, P>(compile: (descriptor: A) => Promise<P>) => {
    return (descriptor: A) => {
      const pipeline = compile.call(device, descriptor);
      compiling.add(pipeline);
      const end = () => compiling.delete(pipeline);
      pipeline.then(end, end);
      return pipeline;
    };
  };
  const { createComputePipelineAsync, createRenderPipelineAsync } = device;
  const inTurn = turns(availableParallelism());
  device.createComputePipelineAsync = watched(async (descriptor: GPUComputePipelineDescriptor) => {
    const { constants, ...compute } = descriptor.compute;
    const taken = { ...descriptor, compute: { ...compute, ...(constants && { constants: { ...constants } }) } };
    return inTurn(() => createComputePipelineAsync.call(device, taken));
  });
  device.createRenderPipelineAsync = watched(createRenderPipelineAsync);
  return compiling;
}

/** Gives what starts work, `most` of it at once. */
function turns(most: number): <T>(start: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (start) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await start();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
