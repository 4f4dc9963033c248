// The worker thread of the backend cpu: one picture, then it ends.
import { parentPort, workerData } from "node:worker_threads";
import { upscaleOnCpu } from "../index.js";
import { findModel } from "./find-model.js";
const { models, source } = workerData;
const answer = (message, transfer = []) => parentPort?.postMessage(message, transfer);
const pixels = upscaleOnCpu(await findModel(models), source, {
    onProgress: (progress) => answer({ kind: "progress", progress }),
});
answer({ kind: "done", pixels }, [pixels.data.buffer]);
