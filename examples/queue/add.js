// node add.js FOLDER RESULTS: puts the pictures of a folder into the queue, waits for them and says how far they are. It can be ended and given
// again: a picture that waits or is done is not put in twice, and one that has failed is tried again.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { extname, join, resolve, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { isDone } from "./is-done.js";
import { CONNECTION, QUEUE } from "./settings.js";

const ENDINGS = [".png", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".tif", ".tiff", ".gif"];
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
queue.on("error", (error) => console.error(`Redis: ${error.message || error.code}`)); // it is waited for
const pictures = new Map(); // by the ids of their jobs
const unreadable = [];
for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
  const picture = { input: join(folder, name), output: join(results, `${name}.png`) };
  if (!ENDINGS.includes(extname(name).toLowerCase()) || picture.input.startsWith(results + sep)) continue;
  const status = statusOf(picture.input);
  if (!status) unreadable.push(picture.input);
  if (!status?.isFile()) continue;
  while ((await queue.getWaitingCount()) >= MOST_WAITING) await sleep(500);
  pictures.set(await add(picture, status), picture);
}
console.error(`${pictures.size} pictures`);

const failed = [];
for (let left = [...pictures.keys()]; left.length > 0; ) {
  const states = await Promise.all(left.map((id) => stateOf(id, pictures.get(id))));
  failed.push(...left.filter((_, i) => states[i] === "failed"));
  const active = states.filter((state) => state === "active").length;
  left = left.filter((_, i) => !["completed", "failed"].includes(states[i]));
  const done = pictures.size - left.length - failed.length;
  console.error(`${done} done, ${active} at work, ${failed.length} failed of ${pictures.size}`);
  if (left.length > 0) await sleep(500);
}
for (const id of failed) {
  const job = await queue.getJob(id);
  console.error(`${pictures.get(id).input}: ${job?.failedReason}`);
}
for (const input of unreadable) console.error(`${input}: it cannot be looked at`);
await queue.close();
process.exitCode = failed.length + unreadable.length > 0 ? 1 : 0;

/** The id is the same for the same file as it is now, of which BullMQ takes one. */
async function add(picture, { size, mtimeMs }) {
  const { input, output } = picture;
  const id = createHash("sha256").update([input, output, size, mtimeMs].join("\0")).digest("hex");
  const before = await queue.getJob(id);
  const state = await before?.getState();
  if (state === "failed") await before.retry();
  else {
    if (state === "completed" && !(await isDone(input, output))) await before.remove(); // its result was taken away
    await queue.add("upscale", picture, { ...OPTIONS, jobId: id });
  }
  return id;
}

/** Redis forgets jobs a while after they are done, and all of them where it is started anew and has kept nothing. */
async function stateOf(id, picture) {
  const state = await queue.getJobState(id);
  if (state !== "unknown") return state;
  if (await isDone(picture.input, picture.output)) return "completed";
  await queue.add("upscale", picture, { ...OPTIONS, jobId: id });
  return "waiting";
}

/** Undefined of what has gone, or has a name that is no UTF-8. */
function statusOf(path) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
