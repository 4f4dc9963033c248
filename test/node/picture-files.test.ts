// Pictures in files: every kind of PNG value for value, a second decoder's opinion, and files that are none.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import UPNG from "upng-js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Pixels, Strip } from "../../src/index.js";
import { embedMetadata } from "../../src/node/picture-metadata.js";
import { readPicture, readPictureSize } from "../../src/node/read-picture.js";
import { readRegularFile } from "../../src/node/regular-file.js";
import { writePicture, writePictureStrips } from "../../src/node/write-picture.js";
import { seededRandom } from "../cases/random.js";
import { type PngParts, pngFile, uint16 } from "./png.js";

const PHOTO = new URL("../../examples/photo.png", import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-images-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const palette = ["PLTE", Buffer.from([10, 20, 30, 40, 50, 60])] as const;
const linearGamma = ["gAMA", Buffer.from([0, 1, 0x86, 0xa0])] as const;
const one = { width: 2, height: 1 } as const;

interface PngCase extends PngParts {
  name: string;
  channels: number;
  values: readonly number[];
}

const pngCases: PngCase[] = [
  { ...one, name: "gray 1", depth: 1, colourType: 0, samples: [0x80], channels: 1, values: [255, 0] },
  { ...one, name: "gray 4", depth: 4, colourType: 0, samples: [0x5f], channels: 1, values: [85, 255] },
  { ...one, name: "gray 8", depth: 8, colourType: 0, samples: [10, 200], channels: 1, values: [10, 200] },
  { ...one, name: "gray 16", depth: 16, colourType: 0, samples: [999, 60001], channels: 1, values: [999, 60001] },
  { ...one, name: "gray alpha 8", depth: 8, colourType: 4, samples: [9, 0, 7, 8], channels: 2, values: [9, 0, 7, 8] },
  {
    ...one,
    name: "gray alpha 16",
    depth: 16,
    colourType: 4,
    samples: [9, 0, 60001, 8],
    channels: 2,
    values: [9, 0, 60001, 8],
  },
  {
    ...one,
    name: "RGB 8",
    depth: 8,
    colourType: 2,
    samples: [1, 2, 3, 4, 5, 255],
    channels: 3,
    values: [1, 2, 3, 4, 5, 255],
  },
  {
    ...one,
    name: "RGB 16",
    depth: 16,
    colourType: 2,
    samples: [1, 2, 3, 4, 5, 65535],
    channels: 3,
    values: [1, 2, 3, 4, 5, 65535],
  },
  {
    ...one,
    name: "RGBA 8, hidden colours",
    depth: 8,
    colourType: 6,
    samples: [1, 2, 3, 0, 5, 6, 7, 8],
    channels: 4,
    values: [1, 2, 3, 0, 5, 6, 7, 8],
  },
  {
    ...one,
    name: "RGBA 16, hidden colours",
    depth: 16,
    colourType: 6,
    samples: [1, 2, 3, 0, 5, 6, 7, 60001],
    channels: 4,
    values: [1, 2, 3, 0, 5, 6, 7, 60001],
  },
  {
    ...one,
    name: "palette",
    depth: 8,
    colourType: 3,
    samples: [1, 0],
    chunks: [palette],
    channels: 3,
    values: [40, 50, 60, 10, 20, 30],
  },
  {
    ...one,
    name: "palette with alpha",
    depth: 8,
    colourType: 3,
    samples: [1, 0],
    chunks: [palette, ["tRNS", Buffer.from([77])]],
    channels: 4,
    values: [40, 50, 60, 255, 10, 20, 30, 77],
  },
  {
    ...one,
    name: "gray 8 with a transparent value",
    depth: 8,
    colourType: 0,
    samples: [10, 200],
    chunks: [["tRNS", uint16(10)]],
    channels: 2,
    values: [10, 0, 200, 255],
  },
  {
    ...one,
    name: "RGB 16 with a transparent colour",
    depth: 16,
    colourType: 2,
    samples: [1, 2, 3, 4, 5, 6],
    chunks: [["tRNS", uint16(1, 2, 3)]],
    channels: 4,
    values: [1, 2, 3, 0, 4, 5, 6, 65535],
  },
  {
    ...one,
    name: "RGB 8 of another gamma",
    depth: 8,
    colourType: 2,
    samples: [10, 20, 30, 200, 100, 50],
    chunks: [linearGamma],
    channels: 3,
    values: [10, 20, 30, 200, 100, 50],
  },
  {
    ...one,
    name: "gray 16 of another gamma",
    depth: 16,
    colourType: 0,
    samples: [999, 60001],
    chunks: [linearGamma],
    channels: 1,
    values: [999, 60001],
  },
];

describe("reading PNG", () => {
  test.each(pngCases)("$name: the values of the file", async ({ channels, values, ...parts }) => {
    const path = file("case.png", pngFile(parts));
    const { pixels } = await readPicture(path);
    const kind = { width: 2, height: 1, channels, bits: parts.depth === 16 ? 16 : 8 };
    expect({ ...pixels, data: [...pixels.data] }).toEqual({ ...kind, data: values });
    expect(await readPictureSize(path)).toEqual(kind);
  });

  test("a profile changes no value, of 16 bits neither, nor of gray ones", async () => {
    const profile = await wideProfile();
    const chunk = ["iCCP", Buffer.concat([Buffer.from("p\0\0"), deflateSync(profile)])] as const;
    const colour = {
      ...one,
      depth: 16,
      colourType: 2,
      samples: [1, 257, 40000, 65535, 3, 999],
      chunks: [chunk],
    } as const;
    const read = await readPicture(file("wide.png", pngFile(colour)));
    expect([...read.pixels.data]).toEqual(colour.samples);
    expect(Buffer.compare(Buffer.from(read.iccProfile!), Buffer.from(profile))).toBe(0);

    // What a gray profile is like, sharp does not show: one with a curve far from sRGB's will do.
    const curve = ["iCCP", Buffer.concat([Buffer.from("g\0\0"), deflateSync(grayProfile())])] as const;
    for (const [depth, colourType, samples] of [
      [8, 0, [10, 200]],
      [16, 0, [999, 60001]],
      [16, 4, [999, 3, 60001, 65535]],
    ] as const) {
      const path = file("gray.png", pngFile({ ...one, depth, colourType, samples, chunks: [curve] }));
      const { pixels, iccProfile } = await readPicture(path);
      expect([...pixels.data]).toEqual(samples);
      expect(iccProfile).toHaveLength(grayProfile().length);
    }
  });

  test("gives what another decoder gives", async () => {
    const { pixels } = await readPicture(PHOTO);
    const rgba = new Uint8Array(UPNG.toRGBA8(UPNG.decode(readFileSync(PHOTO)))[0]!);
    expect([...pixels.data]).toEqual([...rgba.filter((_, index) => index % 4 !== 3)]);
  });

  test("gives the size without decoding", async () => {
    expect(await readPictureSize(PHOTO)).toEqual({ width: 128, height: 96, bits: 8, channels: 3 });
  });
});

/** What each orientation makes of the blocks abc over def. */
const orientations: [number, string[]][] = [
  [1, ["abc", "def"]],
  [2, ["cba", "fed"]],
  [3, ["fed", "cba"]],
  [4, ["def", "abc"]],
  [5, ["ad", "be", "cf"]],
  [6, ["da", "eb", "fc"]],
  [7, ["fc", "eb", "da"]],
  [8, ["cf", "be", "ad"]],
];

/** Which block of 8x8 pixels, three in a row, a pixel is in. */
const blockOf = (pixel: number, width: number) => Math.floor(pixel / width / 8) * 3 + Math.floor((pixel % width) / 8);

describe("reading JPEG and WebP", () => {
  const values = Uint8Array.from({ length: 4 * 2 * 3 }, (_, index) => (index % 12 < 6 ? 40 : 220));
  const image = () => sharp(values, { raw: { width: 4, height: 2, channels: 3 } });

  test("gray JPEG stays gray", async () => {
    const path = file("gray.jpg", await image().toColourspace("b-w").jpeg().toBuffer());
    expect((await readPicture(path)).pixels).toMatchObject({ channels: 1, width: 4, height: 2 });
    expect(await readPictureSize(path)).toMatchObject({ channels: 1, bits: 8 });
  });

  test("a JPEG that is to be turned comes turned", async () => {
    const path = file("turned.jpg", await image().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer());
    const { pixels } = await readPicture(path);
    expect(pixels).toMatchObject({ width: 2, height: 4 });
    expect(await readPictureSize(path)).toEqual({ width: 2, height: 4, bits: 8, channels: 3 });
    expect(pixels.data[0]).toBeLessThan(60); // the left half, dark, is now the top
    expect(pixels.data.at(-1)).toBeGreaterThan(200);
  });

  test.each(orientations)("orientation %i: $1", async (orientation, turned) => {
    // Blocks of one gray each, so that a JPEG keeps them apart.
    const grays = Uint8Array.from({ length: 24 * 16 }, (_, i) => [30, 90, 150, 60, 120, 180][blockOf(i, 24)]!);
    const plain = sharp(grays, { raw: { width: 24, height: 16, channels: 1 } }).toColourspace("b-w");
    const marked = plain.withMetadata({ orientation });
    for (const [name, bytes] of [
      ["turned.jpg", await marked.clone().jpeg({ quality: 100 }).toBuffer()],
      ["turned.png", await marked.clone().png().toBuffer()],
      ["turned.webp", await marked.clone().webp({ lossless: true }).toBuffer()],
    ] as const) {
      const path = file(name, bytes);
      const { pixels } = await readPicture(path);
      const { width, height, channels } = pixels;
      expect([width, height], name).toEqual(orientation > 4 ? [16, 24] : [24, 16]);
      expect(await readPictureSize(path)).toEqual({ width, height, channels, bits: 8 });
      const centres = turned.map((row, by) =>
        [...row].map((_, bx) => pixels.data[((by * 8 + 4) * width + bx * 8 + 4) * channels]!),
      );
      const wanted = turned.map((row) =>
        [...row].map((letter) => [30, 90, 150, 60, 120, 180]["abcdef".indexOf(letter)]!),
      );
      for (const [index, value] of centres.flat().entries()) {
        expect(Math.abs(value - wanted.flat()[index]!), `${name} block ${index}`).toBeLessThanOrEqual(2);
      }
    }
  });

  test.each([
    ["with", "cmyk"],
    ["without", undefined],
  ])("CMYK JPEG %s a profile becomes the RGB it looks like", async (_, profile) => {
    const [red, green, blue] = [170, 130, 110];
    const flat = sharp({ create: { width: 16, height: 16, channels: 3, background: { r: red, g: green, b: blue } } });
    const cmyk = flat.toColourspace("cmyk");
    const bytes = await (profile ? cmyk.withIccProfile(profile) : cmyk).jpeg({ quality: 100 }).toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ space: "cmyk", hasProfile: profile !== undefined });
    const path = file("cmyk.jpg", bytes);
    const { pixels, iccProfile } = await readPicture(path);
    expect({ channels: pixels.channels, iccProfile }).toEqual({ channels: 3, iccProfile: undefined });
    for (const [c, wanted] of [red, green, blue].entries()) {
      expect(Math.abs(pixels.data[c]! - wanted), `channel ${c}`).toBeLessThan(16);
    }
    expect(await readPictureSize(path)).toEqual({ width: 16, height: 16, bits: 8, channels: 3 });
  });

  test("WebP without loss keeps its values", async () => {
    const path = file("exact.webp", await image().webp({ lossless: true }).toBuffer());
    expect([...(await readPicture(path)).pixels.data]).toEqual([...values]);
  });
});

/** The smallest profile of gray values: a white point and a gamma of 1. */
function grayProfile(): Buffer {
  const xyz = (x: number, y: number, z: number) =>
    Buffer.concat([Buffer.from("XYZ \0\0\0\0", "latin1"), ...[x, y, z].map((value) => uint32(value * 65536))]);
  const text = Buffer.concat([Buffer.from("desc\0\0\0\0\0\0\0\x02g\0", "latin1"), Buffer.alloc(78)]);
  const tags = [
    ["desc", text],
    ["wtpt", xyz(0.9642, 1, 0.8249)],
    ["kTRC", Buffer.concat([Buffer.from("curv\0\0\0\0\0\0\0\0", "latin1")])],
  ] as const;
  const header = Buffer.alloc(128);
  header.writeUInt32BE(0x02100000, 8);
  header.write("mntrGRAYXYZ ", 12, "latin1");
  header.write("acsp", 36, "latin1");
  xyz(0.9642, 1, 0.8249).copy(header, 68, 8);
  let at = 128 + 4 + tags.length * 12;
  const bodies = tags.map(([, body]) => Buffer.concat([body, Buffer.alloc(-body.length & 3)]));
  const table = tags.map(([name, body], index) => {
    const entry = Buffer.concat([Buffer.from(name, "latin1"), uint32(at), uint32(body.length)]);
    at += bodies[index]!.length;
    return entry;
  });
  const whole = Buffer.concat([header, uint32(tags.length), ...table, ...bodies]);
  whole.writeUInt32BE(whole.length, 0);
  return whole;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.round(value));
  return bytes;
}

/** A profile of a colour space whose values mean something else than sRGB's. */
async function wideProfile(): Promise<Uint8Array> {
  const tagged = await sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } })
    .withIccProfile("p3")
    .png()
    .toBuffer();
  return (await sharp(tagged).metadata()).icc!;
}

function randomPixels(channels: Pixels["channels"], bits: Pixels["bits"]): Pixels {
  const random = seededRandom(channels * 100 + bits);
  const [width, height] = [5, 3];
  const length = width * height * channels;
  const data = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  return { data: data.map(() => random() >>> (32 - bits)), width, height, channels, bits };
}

const kinds = ([1, 2, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((bits) => ({ channels, bits })));

describe("writing", () => {
  test.each(kinds)("PNG, $channels channels of $bits bits: reads back the same", async ({ channels, bits }) => {
    const pixels = randomPixels(channels, bits);
    const path = join(folder, "written.png");
    await writePicture(path, { pixels });
    const back = (await readPicture(path)).pixels;
    expect({ ...back, data: [...back.data] }).toEqual({ ...pixels, data: [...pixels.data] });
  });

  test.each(kinds)("JPEG and WebP, $channels channels of $bits bits: close", async ({ channels, bits }) => {
    const flat = randomPixels(channels, bits);
    const full = bits === 16 ? 65535 : 255;
    // One colour throughout, opaque: what is lost is then not the codec's doing.
    const colour = Array.from({ length: channels }, (_, c) =>
      channels % 2 === 0 && c === channels - 1 ? full : flat.data[c]!,
    );
    const pixels = { ...flat, data: flat.data.map((_, index) => colour[index % channels]!) };
    for (const name of ["written.jpg", "written.webp"]) {
      const path = join(folder, name);
      await writePicture(path, { pixels });
      const { data, info } = await sharp(readFileSync(path))
        .toColourspace("srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      for (let c = 0; c < 3; c++) {
        const wanted = (colour[channels < 3 ? 0 : c]! / full) * 255;
        expect(Math.abs(data[info.channels * 7 + c]! - wanted), `${name} channel ${c}`).toBeLessThanOrEqual(3);
      }
    }
  });

  test("transparency becomes white in a JPEG", async () => {
    const path = join(folder, "flat.jpg");
    const data = Uint8Array.from([0, 0, 0, 0]);
    await writePicture(path, { pixels: { data, width: 1, height: 1, channels: 4, bits: 8 } });
    expect([...(await readPicture(path)).pixels.data].every((value) => value > 250)).toBe(true);
  });

  test("the colour profile travels along and the values stay", async () => {
    const iccProfile = await wideProfile();
    const opaque = randomPixels(3, 8);
    const seen = { ...randomPixels(4, 8) };
    for (const [name, pixels] of [
      ["a.png", opaque],
      ["b.jpg", opaque],
      ["c.webp", opaque],
      ["d.webp", seen],
    ] as const) {
      const path = join(folder, name);
      await writePicture(path, { pixels, iccProfile });
      const back = await readPicture(path);
      expect(Buffer.compare(Buffer.from(back.iccProfile!), Buffer.from(iccProfile)), name).toBe(0);
      expect(back.pixels.channels, name).toBe(pixels.channels);
      if (name === "a.png") expect([...back.pixels.data]).toEqual([...pixels.data]);
    }
  });

  test("what made it is said, in words that others read, and with the profile", async () => {
    const software = "esrgan-webgpu 1.2.3, größer";
    const iccProfile = await wideProfile();
    const picture = { pixels: randomPixels(4, 8), software };
    for (const name of ["said.jpg", "said.webp"]) {
      const path = join(folder, name);
      for (const each of [picture, { ...picture, iccProfile }]) {
        await writePicture(path, each);
        const { exif, icc, orientation } = await sharp(readFileSync(path)).metadata();
        expect(softwareIn(exif!)).toBe(software);
        expect(orientation).toBeUndefined();
        expect(icc?.length, name).toBe("iccProfile" in each ? iccProfile.length : undefined);
      }
      await writePicture(path, { pixels: picture.pixels });
      expect((await sharp(readFileSync(path)).metadata()).exif).toBeUndefined();
    }
    await writePicture(join(folder, "said.png"), picture);
    expect((await sharp(readFileSync(join(folder, "said.png"))).metadata()).comments).toEqual([
      { keyword: "Software", text: software },
    ]);
  });

  test("strips become one picture in every format", async () => {
    const whole = randomPixels(3, 16);
    const rows = Array.from({ length: 3 }, (_, y): Strip => {
      return { y, pixels: { ...whole, height: 1, data: whole.data.slice(y * 15, y * 15 + 15) } };
    });
    for (const name of ["strips.png", "strips.jpg", "strips.webp"]) {
      const [path, other] = [join(folder, name), join(folder, `whole-${name}`)];
      await writePictureStrips(path, rows, { width: 5, height: 3 });
      await writePicture(other, { pixels: whole });
      expect(readFileSync(path).equals(readFileSync(other)), name).toBe(true);
      const before = readdirSync(folder);
      const failing = writePictureStrips(join(folder, `half-${name}`), rows.slice(0, 2), { width: 5, height: 3 });
      await expect(failing).rejects.toThrow(/ended after 2 rows/);
      expect(readdirSync(folder)).toEqual(before);
    }
  });

  test("the temporary file is told of before it is made, and made before the strips are asked for", async () => {
    const order: string[] = [];
    const strips = function* (): Generator<Strip> {
      order.push(`strips, ${readdirSync(folder).filter((name) => name.endsWith(".tmp")).length} files`);
      yield { y: 0, pixels: randomPixels(1, 8) };
    };
    await writePictureStrips(join(folder, "order.png"), strips(), { width: 5, height: 3 }, () => {
      order.push(`told, ${readdirSync(folder).filter((name) => name.endsWith(".tmp")).length} files`);
    });
    expect(order).toEqual(["told, 0 files", "strips, 1 files"]);
  });

  test("a profile longer than a JPEG segment goes into several", async () => {
    const iccProfile = Buffer.concat([await wideProfile(), Buffer.alloc(140_000)]);
    iccProfile.writeUInt32BE(iccProfile.length, 0);
    const path = join(folder, "long.jpg");
    await writePicture(path, { pixels: randomPixels(3, 8), iccProfile });
    expect((await readPicture(path)).iccProfile).toHaveLength(iccProfile.length);
  });

  test("WebP without loss gets a profile too", async () => {
    const { data, width, height, channels } = randomPixels(4, 8);
    const encoded = await sharp(data, { raw: { width, height, channels } })
      .webp({ lossless: true, exact: true })
      .toBuffer();
    expect(encoded.toString("latin1", 12, 16)).toBe("VP8L");
    const path = file(
      "lossless.webp",
      embedMetadata(encoded, "webp", { iccProfile: await wideProfile(), software: "us" }),
    );
    const back = await readPicture(path);
    expect(back.iccProfile).toBeDefined();
    expect([...back.pixels.data]).toEqual([...data]);
  });

  test("leaves no temporary file, and the old file whole, where it fails", async () => {
    const before = readdirSync(folder);
    const wide: Pixels = { data: new Uint8Array(70_000), width: 70_000, height: 1, channels: 1, bits: 8 };
    await expect(writePicture(join(folder, "wide.jpg"), { pixels: wide })).rejects.toThrow(
      /70000x1, more than the 65535/,
    );
    const missing = join(folder, "missing/x.png");
    await expect(writePicture(missing, { pixels: randomPixels(3, 8) })).rejects.toThrow(
      /cannot be written: there is no such file/,
    );
    const taken = join(folder, "taken.png");
    rmSync(taken, { recursive: true, force: true });
    mkdirSync(taken);
    await expect(writePicture(taken, { pixels: randomPixels(3, 8) })).rejects.toThrow(/cannot be written/);
    expect(readdirSync(folder).filter((name) => name !== "taken.png")).toEqual(before);
  });
});

/** The one tag of a file's Exif, read as TIFF. */
function softwareIn(exif: Buffer): string {
  const tiff = exif.subarray(exif.indexOf("II*"));
  const [entries, tag, kind] = [tiff.readUInt16LE(8), tiff.readUInt16LE(10), tiff.readUInt16LE(12)];
  expect([entries, tag, kind]).toEqual([1, 0x0131, 2]);
  const at = tiff.readUInt32LE(18);
  const text = tiff.toString("utf8", at, at + tiff.readUInt32LE(14));
  expect(text.at(-1)).toBe("\0");
  return text.slice(0, -1);
}

const photo = readFileSync(PHOTO);
const jpeg = await sharp(photo).jpeg().toBuffer();
const webp = await sharp(photo).webp().toBuffer();

const badFiles: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ["an empty file", Buffer.alloc(0), /it is empty$/],
  ["text", Buffer.from("hello"), /it is a text file; give a picture$/],
  [
    "SVG",
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    /it is an SVG drawing; convert it to PNG, TIFF or JPEG first$/,
  ],
  ["half a PNG", photo.subarray(0, photo.length / 2), /cut off or damaged/],
  ["a PNG's header", photo.subarray(0, 40), /cut off or damaged/],
  ["a PNG with a wrong byte", Buffer.from(photo).fill(photo[9000]! ^ 255, 9000, 9001), /cut off or damaged/],
  ["a JPEG less its last bytes", jpeg.subarray(0, -3), /cut off or damaged/],
  ["half a JPEG", jpeg.subarray(0, jpeg.length / 2), /cut off or damaged/],
  ["half a WebP", webp.subarray(0, webp.length / 2), /cut off or damaged/],
];

describe("files that are no picture", () => {
  test.each(badFiles)("%s", async (_, bytes, message) => {
    const path = file("bad.png", bytes);
    const error = await readPicture(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "EsrganError", code: "bad-input", message: expect.stringMatching(message) });
    expect((error as Error).message).toContain(path);
    expect((error as Error).message).not.toContain("\n");
  });

  test("a file that is not there, a folder, a file without permission", async () => {
    await expect(readPicture(join(folder, "none.png"))).rejects.toThrow(/there is no such file/);
    await expect(readPicture(folder)).rejects.toThrow(/it is a folder/);
    const locked = file("locked.png", photo);
    chmodSync(locked, 0o000);
    if (process.getuid?.() !== 0) await expect(readPicture(locked)).rejects.toThrow(/permission is denied/);
  });

  test.skipIf(process.platform === "win32")("what is no file is refused at once, and not waited for", async () => {
    const pipe = join(folder, "pipe.png");
    execFileSync("mkfifo", [pipe]);
    symlinkSync(pipe, join(folder, "link.png"));
    for (const [path, kind] of [
      [pipe, "a pipe"],
      [join(folder, "link.png"), "a pipe"],
      ["/dev/zero", "a device"],
      ["/dev/null", "a device"],
    ] as const) {
      await expect(readPicture(path)).rejects.toThrow(
        new RegExp(`^The picture ${path} cannot be read: it is ${kind}$`),
      );
      await expect(readPictureSize(path)).rejects.toThrow(`it is ${kind}`);
    }
  });

  test("a file that is larger than it says is read to a bound", async () => {
    const path = file("growing.png", Buffer.alloc(300_000, 7));
    const handle = await open(path);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const { stat } = prototype;
    const lying = vi.spyOn(prototype, "stat").mockImplementation(async function (this: FileHandle) {
      return Object.assign(await stat.call(this), { size: 0 });
    } as FileHandle["stat"]);
    try {
      expect((await readRegularFile(path, 300_000)).equals(Buffer.alloc(300_000, 7))).toBe(true);
      await expect(readRegularFile(path, 299_999)).rejects.toThrow("it has more than the 299999 bytes allowed");
    } finally {
      lying.mockRestore();
    }
    await expect(readRegularFile(path, 299_999)).rejects.toThrow("it has 300000 bytes, more than the 299999 allowed");
  });
});
