// `npm run docs:pictures [-- WEIGHTS...]`: makes the pictures of docs/images with the built library: parts of examples/photo.png as a browser
// enlarges them, beside what the default model makes of them, and what each method of docs/history.md does, those of weight files too.
import { mkdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MOST_BYTES = 150_000; // a page of documentation should not wait for its pictures
const PART = { left: 16, top: 0, width: 96, height: 84 };
const GAP = 8;
const HISTORY_PART = { left: 16, top: 20, width: 64, height: 48 };
const HISTORY = [
  "nearest-x3",
  "bilinear-x3",
  "bicubic-x3",
  "srcnn-915-x3",
  "vdsr-x3",
  "fsrcnn-s-x3",
  "espcn-x3",
  "general-x4v3",
];
const HISTORY_SCALE = 3;

/** The part of the photo, enlarged bicubically and by the network, side by side as WebP. */
async function makeBeforeAfter(file) {
  const { default: sharp } = await import("sharp");
  const { createUpscaler } = await import("../dist/index.js");
  const { openDevice } = await import("../dist/node/index.js");
  const photo = await sharp(join(root, "examples/photo.png")).raw().toBuffer({ resolveWithObject: true });
  const { device, destroy } = await openDevice();
  const upscaler = await createUpscaler(device);
  const { scale } = upscaler;
  const { data, ...result } = await upscaler.upscale(photo);
  upscaler.destroy();
  destroy();
  const [width, height] = [PART.width * scale, PART.height * scale];
  const rawOf = (pixels, { width, height, channels }) => sharp(pixels, { raw: { width, height, channels } });
  const before = await rawOf(photo.data, photo.info).extract(PART).resize(width, height, { kernel: "cubic" });
  const part = { left: PART.left * scale, top: PART.top * scale, width, height };
  const after = rawOf(data, result).extract(part);
  const background = { r: 255, g: 255, b: 255 };
  await sharp({ create: { width: 2 * width + GAP, height, channels: 3, background } })
    .composite([
      { input: await before.png().toBuffer(), left: 0, top: 0 },
      { input: await after.png().toBuffer(), left: width + GAP, top: 0 },
    ])
    .webp({ quality: 88 })
    .toFile(file);
  const { size } = statSync(file);
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`);
  console.log(`${file}: ${2 * width + GAP}x${height}, ${size} bytes`);
}

/** The eye of the photo, three times as large by each method: one picture each. */
async function makeHistory(folder, weights) {
  const { default: sharp } = await import("sharp");
  const { createUpscaler } = await import("../dist/index.js");
  const { openDevice } = await import("../dist/node/index.js");
  mkdirSync(folder, { recursive: true });
  // A margin of the photo comes along, so that no network sees an edge that is not there.
  const photo = await sharp(join(root, "examples/photo.png")).raw().toBuffer({ resolveWithObject: true });
  const [left, top, width, height] = ["left", "top", "width", "height"].map((key) => HISTORY_PART[key] * HISTORY_SCALE);
  const { device, destroy } = await openDevice();
  for (const model of [...HISTORY, ...weights]) {
    const upscaler = await createUpscaler(device, { model });
    const { data, ...raw } = await upscaler.upscale(photo, { scale: HISTORY_SCALE });
    upscaler.destroy();
    const file = join(folder, `${basename(model, extname(model))}.webp`);
    await sharp(data, { raw }).extract({ left, top, width, height }).webp({ quality: 92 }).toFile(file);
    console.log(`${file}: ${width}x${height}, ${statSync(file).size} bytes`);
  }
  destroy();
}

try {
  await setup();
  await makeBeforeAfter(join(root, "docs/images/before-after.webp"));
  await makeHistory(join(root, "docs/images/history"), process.argv.slice(2));
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exitCode = 1;
}
