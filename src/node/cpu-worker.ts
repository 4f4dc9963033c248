// The worker thread of the backend cpu: one picture, then it ends.
import { parentPort, workerData } from "node:worker_threads";
import { EsrganError, upscaleOnCpu } from "../index.js";
import type { CpuAnswer, CpuTask } from "./cpu-worker-client.js";
import { findModel } from "./find-model.js";

const { models, source } = workerData as CpuTask;
const answer = (message: CpuAnswer, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);
try {
  const pixels = upscaleOnCpu(await findModel(models), source, {
    onProgress: (progress) => answer({ kind: "progress", progress }),
  });
  answer({ kind: "done", pixels }, [pixels.data.buffer as ArrayBuffer]);
} catch (error) {
  // What is thrown would lose its code on the way.
  if (!(error instanceof EsrganError)) throw error;
  answer({ kind: "failed", error: error.toJSON() });
}
