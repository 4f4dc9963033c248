// Owns running the CPU reference in a worker thread, so that this one stays free.
import { Worker } from "node:worker_threads";
import { EsrganError, type EsrganErrorData, type Pixels } from "../index.js";
import type { WeightedModel } from "./cli-arguments.js";
import { isAboutMemory, outOfMemory } from "./out-of-memory.js";

/** What the worker is given. */
export interface CpuTask {
  readonly models: readonly WeightedModel[];
  readonly source: Pixels;
}

/** What the worker says. */
export type CpuAnswer =
  | { readonly kind: "progress"; readonly progress: { readonly done: number; readonly total: number } }
  | { readonly kind: "failed"; readonly error: EsrganErrorData }
  | { readonly kind: "done"; readonly pixels: Pixels };

/** @throws EsrganError as upscaleOnCpu, "internal" where the worker ends without a picture, such as out of memory */
export function upscaleInWorker(
  models: readonly WeightedModel[],
  source: Pixels,
  onProgress: (progress: { done: number; total: number }) => void,
): Promise<Pixels> {
  const workerData: CpuTask = { models, source };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./cpu-worker.js", import.meta.url), { workerData });
    worker.on("message", (answer: CpuAnswer) => {
      if (answer.kind === "progress") onProgress(answer.progress);
      else if (answer.kind === "failed") reject(EsrganError.from(answer.error));
      else resolve(answer.pixels);
    });
    worker.on("error", (error) => {
      const message = `The CPU worker failed: ${error.message}`;
      reject(
        isAboutMemory(error) // maybe of a large picture alone: the next has a worker of its own
          ? outOfMemory("the picture was computed on the CPU", error)
          : new EsrganError("internal", message, { cause: error }),
      );
    });
    worker.on("exit", (code) => {
      reject(new EsrganError("internal", `The CPU worker ended with ${code} before the picture was done`));
    });
  });
}
