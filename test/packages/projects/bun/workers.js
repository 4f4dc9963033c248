export const packageWorker = () => new Worker("./upscale-worker.js", { type: "module" });

export const ownWorker = () => new Worker("./worker.js", { type: "module" });
