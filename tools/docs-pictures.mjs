// `npm run docs:pictures`: makes the pictures of docs/images with the built library: parts of examples/photo.png as a browser enlarges them, beside
// what the default model makes of them.
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MOST_BYTES = 150_000; // a page of documentation should not wait for its pictures
const PART = { left: 16, top: 0, width: 96, height: 84 };
const GAP = 8;

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

try {
  await setup();
  await makeBeforeAfter(join(root, "docs/images/before-after.webp"));
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exitCode = 1;
}
