// What a file says of its picture beside the pixels, from one format into each other, and the formats that sharp alone writes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Metadata } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exifOf, exifTexts } from "../../src/node/exif.js";
import { readPicture } from "../../src/node/read-picture.js";
import { TiffDirectory } from "../../src/node/tiff-directory.js";
import { writePicture } from "../../src/node/write-picture.js";
import type { Pixels } from "../../src/ops/pixels.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-metadata-"));
const source = join(folder, "source.jpg");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** XMP of a picture of this size, turned or not: by attributes and by elements. */
const xmpOf = (width: number, height: number, orientation: number) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf a:b="6" tiff:Orientation="${orientation}" exif:PixelXDimension='${width}'>` +
  `<exif:PixelYDimension> ${height}</exif:PixelYDimension><tiff:Make>6 \xe9</tiff:Make></rdf></x:xmpmeta>`;
const xmp = xmpOf(6, 4, 6);
const texts = { Artist: "A. Painter", Copyright: "2021", DateTime: "2021:03:04 05:06:07", Make: "Camera", Model: "C" };

beforeAll(async () => {
  const image = sharp({ create: { width: 6, height: 4, channels: 3, background: "red" } });
  const exif = {
    IFD0: texts,
    IFD2: { DateTimeOriginal: "2020:01:02 03:04:05", ExposureTime: "1/60", PixelXDimension: "6" },
    IFD3: { GPSLatitudeRef: "N" },
  };
  const tagged = image.withMetadata({ orientation: 6, density: 300 }).withExifMerge(exif).withXmp(xmp);
  writeFileSync(source, await tagged.jpeg().toBuffer());
});

/** The picture at twice the size, in a format. */
async function written(name: string): Promise<Metadata> {
  const { pixels, ...about } = await readPicture(source);
  expect(pixels).toMatchObject({ width: 4, height: 6 });
  const large: Pixels = { data: new Uint8Array(8 * 12 * 3).fill(9), width: 8, height: 12, channels: 3, bits: 8 };
  await writePicture(join(folder, name), { pixels: large, ...about, software: "this" });
  return sharp(readFileSync(join(folder, name))).metadata();
}

/** The time and the exposure that Exif has in a directory of its own, and the place in another. */
function expectExposureAndPlace(exif: Uint8Array): void {
  const tiff = new TiffDirectory(Buffer.from(exif));
  const [about, place] = [0x8769, 0x8825].map((tag) => tiff.entry(tiff.first, tag)!.value) as [number, number];
  const [taken, exposure] = [0x9003, 0x829a].map((tag) => tiff.entry(about, tag)!.value) as [number, number];
  expect(tiff.bytes.toString("latin1", taken, taken + 20)).toBe("2020:01:02 03:04:05\0");
  expect(tiff.uint(exposure + 4, 4) / tiff.uint(exposure, 4)).toBe(60);
  expect(tiff.entry(place, 1)?.text).toBe("N\0\0\0");
}

describe("what is said of a picture", () => {
  test.each(["x.png", "x.jpg", "x.webp"])("stays as it is but for size, turn and software: %s", async (name) => {
    const { width, height, orientation, density, exif, xmp: packet } = await written(name);
    expect({ width, height, orientation }).toEqual({ width: 8, height: 12, orientation: 1 });
    if (name !== "x.webp") expect(density).toBe(300); // WebP has it in Exif alone
    expect(packet?.toString()).toContain(xmpOf(8, 12, 1));
    const tiff = exif!.subarray(exif!.toString("latin1", 0, 4) === "Exif" ? 6 : 0);
    expect(exifTexts(tiff)).toEqual(texts);
    const all = tiff.toString("latin1");
    expect(all).toContain("2020:01:02 03:04:05\0");
    expect(all).toContain("this\0");
    const again = await readPicture(join(folder, name)); // others of the library's own readers find it too
    expect(again.pixels).toMatchObject({ width: 8, height: 12 });
  });

  test.each(["x.tiff", "x.avif"])("stays where the format has places of its own for it: %s", async (name) => {
    const { width, height, orientation, exif, xmp: packet, density } = await written(name);
    expect({ width, height, orientation: orientation ?? 1 }).toEqual({ width: 8, height: 12, orientation: 1 });
    expect(packet?.toString()).toContain(xmpOf(8, 12, 1));
    if (name === "x.tiff") expect(density).toBe(300);
    const tiff =
      name === "x.tiff" ? readFileSync(join(folder, name)) : exif!.subarray(exif!.indexOf("II*\0", 0, "latin1"));
    expect(exifTexts(tiff)).toEqual(texts);
    const { exif: again } = await readPicture(join(folder, name));
    expectExposureAndPlace(again!);
  });

  test.each(["y.jpg", "y.webp", "y.avif", "y.png"])("comes from a TIFF into others: %s", async (name) => {
    await written("x.tiff");
    const { pixels, ...about } = await readPicture(join(folder, "x.tiff"));
    await writePicture(join(folder, name), { pixels, ...about, software: "that" });
    const { exif, density } = await readPicture(join(folder, name));
    expect(exifTexts(exif!)).toEqual(texts);
    expectExposureAndPlace(exif!);
    if (/jpg|png/.test(name)) expect(density).toBe(300);
    expect(Buffer.from(exif!).toString("latin1")).toContain("that\0");
  });

  test("is the same in the other order of bytes", () => {
    const resolution = "011a00050000000100000038"; // 300/1 at 56
    const place = "882500040000000100000026"; // a directory at 38
    const latitude = "000200050000000100000038";
    const big = `4d4d002a00000008 0002${resolution}${place}00000000 0001${latitude}00000000 0000012c00000001`;
    const tiff = new TiffDirectory(exifOf(Buffer.from(big.replaceAll(" ", ""), "hex"))!);
    const value = (at: number) => tiff.uint(at, 4) / tiff.uint(at + 4, 4);
    expect(value(tiff.entry(tiff.first, 0x011a)!.value)).toBe(300);
    expect(value(tiff.entry(tiff.entry(tiff.first, 0x8825)!.value, 2)!.value)).toBe(300);
  });

  test("that is too long for a JPEG is left out with a note, but for texts", async () => {
    const { exif } = await readPicture(source);
    const pixels: Pixels = { data: new Uint8Array(3), width: 1, height: 1, channels: 3, bits: 8 };
    const long = { exif: Buffer.concat([exif!, Buffer.alloc(70_000)]), xmp: Buffer.from(xmp + " ".repeat(70_000)) };
    const path = join(folder, "long.jpg");
    const notes: string[] = [];
    await writePicture(path, { pixels, ...long, software: "this" }, undefined, (note) => notes.push(note));
    expect(notes).toEqual([
      expect.stringMatching(/^JPEG cannot hold Exif of 7\d{4} bytes, of which only what it says of .* was kept$/),
      `JPEG cannot hold XMP of ${long.xmp.length} bytes, and it was left out`,
    ]);
    const written = await readPicture(path);
    expect(written.xmp).toBeUndefined();
    expect(exifTexts(written.exif!)).toEqual(texts);
    expect(Buffer.from(written.exif!).toString("latin1")).toContain("this\0");

    const short = Buffer.alloc(65533 - "Exif\0\0".length - exif!.length - 200);
    const others = { exif: Buffer.concat([exif!, short]), xmp: Buffer.from(xmp) };
    for (const name of ["fits.jpg", "long.webp", "long.png"]) {
      const given = name === "fits.jpg" ? others : long;
      await writePicture(join(folder, name), { pixels, ...given, software: "this" }, undefined, (note) =>
        notes.push(note),
      );
      const again = await readPicture(join(folder, name));
      expect(again.exif!.length).toBeGreaterThan(given.exif.length);
      expect(again.xmp!.length).toBeGreaterThanOrEqual(xmp.length);
    }
    expect(notes).toHaveLength(2);
  });

  test("is bounded where entries lead to the same bytes again and again, and by 32 bits where it is a density", async () => {
    const entry = (tag: number, type: number, count: number, value: number) => {
      const row = Buffer.alloc(12);
      row.writeUInt16LE(tag, 0);
      row.writeUInt16LE(type, 2);
      row.writeUInt32LE(count, 4);
      row.writeUInt32LE(value, 8);
      return row;
    };
    const count = 2000;
    const number = Buffer.alloc(2);
    number.writeUInt16LE(count, 0);
    const head = Buffer.from("II*\0\x08\0\0\0\x02\0", "latin1");
    const start = head.length + 24 + 4;
    const rows = Array.from({ length: count }, (_, i) => entry(i, 7, 2 ** 19, start));
    const bomb = Buffer.concat([
      ...[head, entry(0x010e, 2, 2 ** 19, start), entry(0x8769, 4, 1, start), Buffer.alloc(4)],
      ...[number, ...rows, Buffer.alloc(2 ** 19)],
    ]);
    expect(exifOf(bomb)!.length).toBeLessThan(2 ** 21);
    const pixels: Pixels = { data: new Uint8Array(3), width: 1, height: 1, channels: 3, bits: 8 };
    for (const name of ["n.tif", "n.webp", "n.jpg", "n.png"]) {
      await writePicture(join(folder, name), { pixels, density: 1e8, software: "this" });
      expect((await readPicture(join(folder, name))).pixels.width).toBe(1);
    }
  });

  test("is left out where it is damaged", async () => {
    const pixels: Pixels = { data: new Uint8Array(3), width: 1, height: 1, channels: 3, bits: 8 };
    for (const exif of [Buffer.alloc(0), Buffer.from("no Exif"), Buffer.from("II*\0\xff\xff\xff\xff", "latin1")]) {
      for (const name of ["d.png", "d.jpg", "d.webp", "d.tif", "d.avif"]) {
        await writePicture(join(folder, name), { pixels, exif, software: "this" });
        expect(await sharp(readFileSync(join(folder, name))).metadata()).toMatchObject({ width: 1 });
      }
    }
  });
});

describe("TIFF, AVIF and GIF", () => {
  test.each([1, 3, 4] as const)("TIFF keeps 16 bits, %i channels, and the profile", async (channels) => {
    const data = Uint16Array.from({ length: 12 * channels }, (_, i) => (i * 7919) % 65536);
    const pixels: Pixels = { data, width: 4, height: 3, channels, bits: 16 };
    const notes: string[] = [];
    const path = join(folder, "deep.tif");
    const p3 = await sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } })
      .withIccProfile("p3")
      .png()
      .toBuffer();
    const { icc } = await sharp(p3).metadata();
    const profile = channels === 1 ? {} : { iccProfile: icc! };
    await writePicture(path, { pixels, ...profile }, undefined, (note) => notes.push(note));
    expect(notes).toEqual([]);
    const again = await readPicture(path);
    expect(again.pixels).toEqual(pixels);
    if (channels > 1) expect(Buffer.compare(Buffer.from(again.iccProfile!), icc!)).toBe(0);
  });

  test("AVIF is close, at a quality that can be chosen", async () => {
    const { pixels } = await readPicture(new URL("../../examples/photo.png", import.meta.url).pathname);
    const sizes = [];
    for (const quality of [undefined, 20]) {
      const path = join(folder, "x.avif");
      await writePicture(path, { pixels }, undefined, undefined, { quality });
      const again = (await readPicture(path)).pixels;
      expect(again).toMatchObject({ width: pixels.width, height: pixels.height, bits: 8, channels: 3 });
      const error =
        Uint8Array.from(again.data).reduce((sum, value, i) => sum + Math.abs(value - pixels.data[i]!), 0) /
        again.data.length;
      expect(error).toBeLessThan(quality ? 16 : 4);
      sizes.push(readFileSync(path).length);
    }
    expect(sizes[1]).toBeLessThan(sizes[0]! / 2);
  });

  test.each(["gif", "webp"] as const)("a frame of an animated %s is read whole", async (format) => {
    const colours = ["#ff0000", "#00ff00", "#0000ff"];
    const frames = await Promise.all(
      colours.map((background) =>
        sharp({ create: { width: 4, height: 2, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const path = join(folder, `moves.${format}`);
    writeFileSync(
      path,
      await sharp(frames, { join: { animated: true } })
        [format]({ lossless: true })
        .toBuffer(),
    );
    expect((await readPicture(path)).frames).toBe(3);
    for (const [index, colour] of colours.entries()) {
      const { data, width, height, channels } = (await readPicture(path, { frame: index + 1 })).pixels;
      expect({ width, height }).toEqual({ width: 4, height: 2 });
      const first = Buffer.from(data.subarray(0, 3)).toString("hex");
      expect({ first, channels: channels >= 3 }).toEqual({ first: colour.slice(1), channels: true });
    }
    await expect(readPicture(path, { frame: 4 })).rejects.toThrow(/it has 3 frames, no frame 4$/);
  });
});
