// Owns running the CPU reference in a worker thread, so that this one stays free.
import { Worker } from "node:worker_threads";
import { EsrganError } from "../index.js";
/** @throws EsrganError "internal" where the worker ends without a picture, such as out of memory */
export function upscaleInWorker(models, source, onProgress) {
    const workerData = { models, source };
    return new Promise((resolve, reject) => {
        const worker = new Worker(new URL("./cpu-worker.js", import.meta.url), { workerData });
        worker.on("message", (answer) => {
            if (answer.kind === "progress")
                onProgress(answer.progress);
            else
                resolve(answer.pixels);
        });
        worker.on("error", (error) => {
            reject(new EsrganError("internal", `The CPU worker failed: ${error.message}`, { cause: error }));
        });
        worker.on("exit", (code) => {
            reject(new EsrganError("internal", `The CPU worker ended with ${code} before the picture was done`));
        });
    });
}
