// Files whose header says more than there is: one sentence each, and none of the memory that they claim. In a file of its own, as what counts
// is the most that the process ever took.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { readPicture, readPictureSize } from "../../src/node/read-picture.js";
import { pngFile } from "./png.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-lying-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A PNG of so many pixels a side by its header, with the data of one. */
function png(side: number): Buffer {
  const header = { width: side, height: side, depth: 16, colourType: 6, samples: [] } as const;
  const rest = pngFile({ width: 1, height: 1, depth: 8, colourType: 0, samples: [0] });
  return Buffer.concat([pngFile(header).subarray(0, 33), rest.subarray(33)]);
}

/** A JPEG of so many pixels a side by its header, with the data of a few. */
async function jpeg(side: number, progressive: boolean): Promise<Buffer> {
  const few = sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } });
  const bytes = await few.jpeg({ progressive }).toBuffer();
  const frame = bytes.indexOf(Buffer.from([0xff, progressive ? 0xc2 : 0xc0]));
  bytes.writeUInt16BE(side, frame + 5);
  bytes.writeUInt16BE(side, frame + 7);
  return bytes;
}

const MAX_GROWTH = 64 * 2 ** 10; // kilobytes; each file claims three times that at least

const tooMany = /^The picture .* cannot be read: it has more than the 268435456 pixels allowed; --max-pixels, or .*$/;
const damaged = /^The picture .* cannot be read: it is cut off or damaged \(.*\)$/;
const cases: [name: string, bytes: Buffer, message: RegExp][] = [
  ["a PNG beyond what is allowed", png(60_000), tooMany],
  ["a PNG", png(8000), damaged],
  ["a JPEG beyond what is allowed", await jpeg(60_000, false), damaged],
  ["a JPEG", await jpeg(8000, false), damaged],
  ["a progressive JPEG", await jpeg(8000, true), damaged],
];

describe("a header that lies", () => {
  test.each(cases)("%s", async (name, bytes, message) => {
    const path = join(folder, "lies");
    writeFileSync(path, pngFile({ width: 1, height: 1, depth: 8, colourType: 2, samples: [1, 2, 3] }));
    await readPicture(path); // what reading takes of itself
    const before = process.resourceUsage().maxRSS;
    writeFileSync(path, bytes);
    await expect(readPicture(path)).rejects.toThrow(message);
    if (name.includes("JPEG")) await expect(readPictureSize(path)).rejects.toThrow(message);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(MAX_GROWTH);
  });
});
