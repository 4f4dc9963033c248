/** None is given: the library starts its own. */
export const packageWorker = () => undefined;

export const ownWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
