// node add.js FOLDER RESULTS: puts the pictures of a folder into the queue, waits for them and says how far they are. It can be ended and given
// again: a picture that waits or is done is not put in twice, and one that has failed is tried again.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { CONNECTION, QUEUE } from "./settings.js";

const ENDINGS = [".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".gif"];
const MOST_WAITING = 1000; // backpressure: Redis holds all that waits in memory
const OPTIONS = {
  attempts: 3,
  backoff: { type: "exponential", delay: 1000 },
  removeOnComplete: { age: 3600 }, // seconds; later a result that is there is seen by the worker
};

const [folder, results] = process.argv.slice(2).map((path) => resolve(path));
if (!results) {
  console.error("Usage: node add.js FOLDER RESULTS");
  process.exit(2);
}

const queue = new Queue(QUEUE, { connection: CONNECTION });
const ids = new Set();
for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
  if (!ENDINGS.includes(extname(name).toLowerCase())) continue;
  while ((await queue.getWaitingCount()) >= MOST_WAITING) await sleep(500);
  ids.add(await add(join(folder, name), join(results, `${name}.png`)));
}
console.error(`${ids.size} pictures`);

let failed = [];
for (let left = [...ids]; left.length > 0; await sleep(500)) {
  const states = await Promise.all(left.map((id) => queue.getJobState(id)));
  failed = failed.concat(left.filter((_, i) => states[i] === "failed"));
  const active = states.filter((state) => state === "active").length;
  left = left.filter((_, i) => !["completed", "failed", "unknown"].includes(states[i]));
  console.error(
    `${ids.size - left.length - failed.length} done, ${active} at work, ${failed.length} failed of ${ids.size}`,
  );
}
for (const id of failed) {
  const job = await queue.getJob(id);
  console.error(`${job?.data.input}: ${job?.failedReason}`);
}
await queue.close();
process.exitCode = failed.length > 0 ? 1 : 0;

/** The id is the same for the same file as it is now, of which BullMQ takes one. */
async function add(input, output) {
  const { size, mtimeMs } = statSync(input);
  const id = createHash("sha256").update([input, output, size, mtimeMs].join("\0")).digest("hex");
  const before = await queue.getJob(id);
  if (before && (await before.isFailed())) await before.retry();
  else await queue.add("upscale", { input, output }, { ...OPTIONS, jobId: id });
  return id;
}
