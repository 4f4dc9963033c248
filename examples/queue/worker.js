// node worker.js: takes pictures from the queue for ever, one after another on one GPU. Start one for each GPU, on as many machines as there are.
// It prints a line of JSON for each thing that it does. SIGTERM and Ctrl-C let it end the picture that it is at.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { UnrecoverableError, Worker } from "bullmq";
import { createUpscaler, EsrganError } from "esrgan-webgpu";
import { openDevice, readPicture, writePictureStrips } from "esrgan-webgpu/node";
import { isDone } from "./is-done.js";
import { CONNECTION, LOCK_MS, QUEUE } from "./settings.js";

const PROGRESS_MS = 1000;
const HOPELESS = ["bad-input", "bad-weights", "unsupported-model"]; // the same the next time

const { QUEUE_ADAPTER: adapter, QUEUE_MODEL: model } = process.env;
const { device, destroy, name } = await openDevice(adapter ? { adapter } : {});
const upscaler = await createUpscaler(device, model ? { model } : {});
let isLost = false;

const say = (event, about) => console.log(JSON.stringify({ event, ...about }));

const worker = new Worker(QUEUE, work, {
  connection: CONNECTION,
  concurrency: 1, // one picture fills a GPU
  lockDuration: LOCK_MS,
  stalledInterval: LOCK_MS / 2,
  maxStalledCount: 3, // a picture that ends its worker each time is given up
});
worker.on("failed", (job, error) => {
  say("failed", { input: job?.data.input, message: error.message });
  if (isLost) void end(1); // whoever has started the worker starts it again, with a new device
});
worker.on("error", (error) => say("error", { message: error.message }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void end(0));
say("ready", { adapter: name });

async function work(job) {
  const { input, output } = job.data;
  say("begun", { input });
  if (await isDone(input, output)) {
    // By a worker that was killed right behind its work.
    say("skipped", { output });
    return { output };
  }
  try {
    const { pixels, ...about } = await readPicture(input);
    const { width, height, channels, bits } = pixels;
    const size = upscaler.plan(width, height, { channels, bits });
    const strips = upscaler.strips(pixels, { onProgress: reporter(job) });
    await mkdir(dirname(output), { recursive: true });
    // Appears under its name once it is whole.
    await writePictureStrips(output, strips, { ...about, width: size.width, height: size.height });
  } catch (error) {
    isLost = error instanceof EsrganError && error.code === "device-lost";
    const isHopeless = error instanceof EsrganError && HOPELESS.includes(error.code) && !isOfTheSystem(error);
    throw isHopeless ? new UnrecoverableError(error.message) : error;
  }
  say("written", { output });
  return { output };
}

/** Whether a disk or a share had its part in it, which may be well again the next time. */
function isOfTheSystem(error) {
  return error instanceof Error && (error.syscall !== undefined || isOfTheSystem(error.cause));
}

function reporter(job) {
  let next = performance.now() + PROGRESS_MS;
  return ({ done, total }) => {
    if (performance.now() < next) return;
    next = performance.now() + PROGRESS_MS;
    job.updateProgress({ done, total }).catch(() => {});
  };
}

async function end(code) {
  await worker.close();
  upscaler.destroy();
  destroy();
  process.exit(code);
}
