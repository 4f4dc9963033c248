// Files that are read although they look odd, and files that are something else: what each is, and what to do about it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { readPicture, readPictureSize } from "../../src/node/read-picture.js";
import { pngFile } from "./png.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-kinds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const latin = (text: string) => Buffer.from(text, "latin1");
const CASES = new URL("../cases/", import.meta.url);

/** A progressive JPEG of one block whose last scan, of eight bits, comes so many times. */
async function scans(count: number): Promise<Buffer> {
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  const bytes = await image.jpeg({ progressive: true }).toBuffer();
  const last = bytes.subarray(bytes.lastIndexOf(latin("\xff\xda")), -2);
  return Buffer.concat([bytes.subarray(0, -2), ...Array(count).fill(last), bytes.subarray(-2)]);
}

/** A JPEG whose frame has another marker or precision. */
async function jpeg(marker: number, bits = 8): Promise<Buffer> {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .jpeg()
    .toBuffer();
  const frame = bytes.indexOf(latin("\xff\xc0"));
  bytes[frame + 1] = marker;
  bytes[frame + 4] = bits;
  return bytes;
}

const ftyp = (...brands: string[]) =>
  latin(`\0\0\0\x1cftyp${brands[0]}\0\0\0\0${brands.slice(1).join("")}`.padEnd(64, "\0"));
const cr2 = latin("II*\0\x10\0\0\0CR\x02\0\0\0\0\0\0\0\0\0\0\0");
// One directory with one entry: a reduced picture (tag 254, LONG, 1).
const nef = latin("MM\0*\0\0\0\x08\0\x01\0\xfe\0\x04\0\0\0\x01\0\0\0\x01\0\0\0\0");

const others: [name: string, bytes: Buffer | Promise<Buffer>, why: RegExp][] = [
  ["HEIC", ftyp("heic", "mif1", "heic"), /it is a HEIC picture; convert it to PNG, TIFF or JPEG first$/],
  ["HEIF by its other brands", ftyp("mif1", "heix"), /it is a HEIC picture; /],
  ["BMP with a mark of its program", latin("BM\x46\0\0\0abcd\x36\0\0\0\x28\0\0\0"), /it is a BMP picture; convert it/],
  ["BMP", latin("BM\x46\0\0\0\0\0\0\0\x36\0\0\0"), /it is a BMP picture; convert it/],
  ["JPEG XL", latin("\xff\x0a\xfa\x1f"), /it is a JPEG XL picture; /],
  ["Photoshop", latin("8BPS\0\x01"), /it is a Photoshop document; /],
  ["a raw file of Canon", cr2, /it is a camera's raw file; develop it/],
  ["a raw file of Nikon", nef, /it is a camera's raw file; develop it/],
  ["MP4", ftyp("isom", "mp42"), /it is a video; /],
  ["Matroska", latin("\x1a\x45\xdf\xa3\x01"), /it is a video; /],
  ["HTML", latin("\n<!DOCTYPE html><title>404</title>"), /it is an HTML page, not what it links to; give a picture$/],
  ["a Git LFS pointer", latin("version https://git-lfs.github.com/spec/v1\n"), /it is a Git LFS pointer; fetch/],
  ["what nobody knows", Buffer.from([1, 2, 3, 4]), /it is no picture of a kind that is read \(PNG, .*\)$/],
  [
    "a JPEG of 12 bits",
    readFileSync(new URL("jpg12bit.jpg", CASES)),
    /it is a JPEG of 12 bits a channel, .*; convert it/,
  ],
  ["a lossless JPEG", jpeg(0xc3), /it is a lossless JPEG, which cannot be read; convert it/],
  ["a hierarchical JPEG", jpeg(0xc5), /it is a hierarchical JPEG, which cannot be read; convert it/],
  ["JPEG-LS", jpeg(0xf7), /it is a JPEG-LS picture, not a JPEG; convert it/],
  ["a JPEG of thousands of scans", scans(5000), /it goes over the picture in 50\d\d scans, more than the 100 allowed$/],
];

describe("a file that is something else", () => {
  test.each(others)("%s", async (_, bytes, why) => {
    const path = join(folder, "other.jpg");
    writeFileSync(path, await bytes);
    await expect(readPicture(path)).rejects.toThrow(why);
    await expect(readPictureSize(path)).rejects.toThrow(why);
  });
});

test.each(["-", "/dev/stdin", "/dev/fd/0", "/dev/fd/63", "/proc/self/fd/0"])("%s is no file", async (path) => {
  await expect(readPicture(path)).rejects.toThrow(
    /it is standard input, which the command line calls -, or what the shell alone has open$/,
  );
});

describe("a picture that looks odd", () => {
  test("a flat JPEG in arithmetic code takes hardly a byte", async () => {
    const path = new URL("flat-arithmetic.jpg", CASES).pathname;
    expect(await readPictureSize(path)).toEqual({ width: 3000, height: 2000, bits: 8, channels: 3 });
    const { data, ...size } = (await readPicture(path)).pixels;
    expect(size).toEqual({ width: 3000, height: 2000, bits: 8, channels: 3 });
    const { data: expected } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    expect(Buffer.compare(Buffer.from(data.buffer, data.byteOffset, data.byteLength), expected)).toBe(0);
  });

  test("a flat progressive JPEG, in which each 8x8 values take a bit or two", async () => {
    const path = join(folder, "flat.jpg");
    const flat = sharp({ create: { width: 4096, height: 4096, channels: 3, background: "white" } });
    writeFileSync(
      path,
      await flat.jpeg({ progressive: true, optimiseScans: true, chromaSubsampling: "4:2:0" }).toBuffer(),
    );
    expect((await readPicture(path)).pixels).toMatchObject({ width: 4096, height: 4096 });
  });

  test("as many pixels as are allowed, and no more", async () => {
    const path = join(folder, "large.png");
    writeFileSync(path, pngFile({ width: 40, height: 40, depth: 1, colourType: 0, samples: Array(200).fill(0x5a) }));
    expect((await readPicture(path, { maxPixels: 1600 })).pixels).toMatchObject({ width: 40, channels: 1 });
    await expect(readPicture(path, { maxPixels: 1599 })).rejects.toThrow(
      /more than the 1599 pixels allowed; --max-pixels/,
    );
    // What it would take can be told of any picture.
    const many = pngFile({ width: 60_000, height: 60_000, depth: 1, colourType: 0, samples: [] });
    writeFileSync(path, many);
    expect(await readPictureSize(path)).toEqual({ width: 60_000, height: 60_000, bits: 8, channels: 1 });
  });
});
