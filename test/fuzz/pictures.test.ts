// The reading of picture files, given damaged ones.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EsrganError } from "../../src/errors.js";
import { readPicture, readPictureSize } from "../../src/node/index.js";
import { requirePixels } from "../../src/ops/image-to-tensor.js";
import { seededRandom } from "../cases/random.js";
import { mutated, mutations } from "./mutations.js";
import { cases } from "./runs.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fuzz-pictures-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const random = seededRandom(3);
const picture = (channels: 1 | 2 | 3 | 4, bits: 8 | 16 = 8) => {
  const [width, height] = [37, 23];
  const length = width * height * channels;
  // Smooth but for its noise, so that a file has runs and steps.
  const level = (i: number) => (Math.floor(i / channels) * 7 + (random() & 15)) * (bits === 16 ? 257 : 1);
  const data =
    bits === 16 ? Uint16Array.from({ length }, (_, i) => level(i)) : Uint8Array.from({ length }, (_, i) => level(i));
  return sharp(data, { raw: { width, height, channels } });
};

const PNGS = await Promise.all([
  picture(3).png().toBuffer(),
  picture(4).png({ progressive: true }).toBuffer(),
  picture(3)
    .png({ palette: true })
    .withExif({ IFD0: { Orientation: "6" } })
    .toBuffer(),
  picture(1).toColourspace("b-w").png().toBuffer(),
  picture(2).toColourspace("b-w").png().toBuffer(),
  picture(3, 16).toColourspace("rgb16").png().toBuffer(),
  picture(1, 16).toColourspace("grey16").png().toBuffer(),
]);
const JPEGS = await Promise.all([
  picture(3).jpeg().toBuffer(),
  picture(3).jpeg({ progressive: true }).withIccProfile("p3").toBuffer(),
  picture(1).toColourspace("b-w").jpeg().toBuffer(),
  picture(3).toColourspace("cmyk").jpeg().toBuffer(),
  picture(3).withMetadata({ orientation: 6 }).jpeg({ chromaSubsampling: "4:4:4" }).toBuffer(),
]);
const WEBPS = await Promise.all([
  picture(3).webp().toBuffer(),
  picture(4).webp().toBuffer(),
  picture(4)
    .webp({ lossless: true })
    .withExif({ IFD0: { Orientation: "3" } })
    .toBuffer(),
]);

/** A picture that is what it says of itself, or an error that says what is wrong. */
async function expectPictureOrRefused(bytes: Uint8Array): Promise<"taken" | "refused"> {
  const path = join(folder, "picture");
  writeFileSync(path, bytes);
  try {
    const { pixels, iccProfile } = await readPicture(path);
    requirePixels(pixels);
    const { data, ...shape } = pixels;
    expect(await readPictureSize(path)).toEqual(shape);
    if (iccProfile) expect(iccProfile.length).toBeGreaterThan(0);
    return "taken";
  } catch (error) {
    if (!(error instanceof EsrganError)) throw error;
    expect(error.code).toBe("bad-input");
    expect(error.message).toMatch(/^The picture [^\n\r]+ cannot be read: [^\n\r]+$/);
    return "refused";
  }
}

/** `png` with the checksums of its chunks made true, as far as there are chunks. */
function withTrueChecksums(png: Uint8Array): Uint8Array {
  const out = Buffer.from(png);
  for (let at = 8; at + 12 <= out.length; ) {
    const length = out.readUInt32BE(at);
    if (at + 12 + length > out.length) break;
    out.writeUInt32BE(crc32(out.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return out;
}

describe("readPicture takes or refuses", () => {
  it.each([
    ["PNG", PNGS],
    ["JPEG", JPEGS],
    ["WebP", WEBPS],
  ] as const)("a damaged %s file", async (_, files) => {
    for (const file of files) expect(await expectPictureOrRefused(file)).toBe("taken");
    const outcomes = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, changes) => {
        outcomes[await expectPictureOrRefused(mutated(file, changes))]++;
      }),
      cases(300),
    );
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(0);
  });

  it("a damaged PNG file with true checksums", async () => {
    const outcomes = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PNGS), mutations, async (file, changes) => {
        outcomes[await expectPictureOrRefused(withTrueChecksums(mutated(file, changes)))]++;
      }),
      cases(300),
    );
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(0);
  });

  it("any bytes behind a picture's first ones", async () => {
    const starts = [PNGS[0]!.subarray(0, 16), JPEGS[0]!.subarray(0, 4), WEBPS[0]!.subarray(0, 16)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), async (start, bytes) => {
        await expectPictureOrRefused(Buffer.concat([start, bytes]));
      }),
      cases(200),
    );
  });
});
