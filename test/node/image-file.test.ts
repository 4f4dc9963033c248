// Pictures in files: every kind of PNG value for value, a second decoder's opinion, and files that are none.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import UPNG from "upng-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPicture, readPictureSize, writePicture } from "../../src/node/image-file.js";
import type { Pixels } from "../../src/ops/pixels.js";
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
    const { pixels } = await readPicture(file("case.png", pngFile(parts)));
    expect({ ...pixels, data: [...pixels.data] }).toEqual({
      width: 2,
      height: 1,
      channels,
      bits: parts.depth === 16 ? 16 : 8,
      data: values,
    });
  });

  test("gives what another decoder gives", async () => {
    const { pixels } = await readPicture(PHOTO);
    const rgba = new Uint8Array(UPNG.toRGBA8(UPNG.decode(readFileSync(PHOTO)))[0]!);
    expect([...pixels.data]).toEqual([...rgba.filter((_, index) => index % 4 !== 3)]);
  });

  test("gives the size without decoding", async () => {
    expect(await readPictureSize(PHOTO)).toEqual({ width: 128, height: 96, bits: 8 });
  });
});

describe("reading JPEG and WebP", () => {
  const values = Uint8Array.from({ length: 4 * 2 * 3 }, (_, index) => (index % 12 < 6 ? 40 : 220));
  const image = () => sharp(values, { raw: { width: 4, height: 2, channels: 3 } });

  test("gray JPEG stays gray", async () => {
    const path = file("gray.jpg", await image().toColourspace("b-w").jpeg().toBuffer());
    expect((await readPicture(path)).pixels).toMatchObject({ channels: 1, width: 4, height: 2 });
  });

  test("a JPEG that is to be turned comes turned", async () => {
    const path = file("turned.jpg", await image().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer());
    const { pixels } = await readPicture(path);
    expect(pixels).toMatchObject({ width: 2, height: 4 });
    expect(await readPictureSize(path)).toEqual({ width: 2, height: 4, bits: 8 });
    expect(pixels.data[0]).toBeLessThan(60); // the left half, dark, is now the top
    expect(pixels.data.at(-1)).toBeGreaterThan(200);
  });

  test("CMYK JPEG becomes RGB", async () => {
    const path = file("cmyk.jpg", await image().toColourspace("cmyk").jpeg().toBuffer());
    const picture = await readPicture(path);
    expect(picture.pixels.channels).toBe(3);
    expect(picture.iccProfile).toBeUndefined();
  });

  test("WebP without loss keeps its values", async () => {
    const path = file("exact.webp", await image().webp({ lossless: true }).toBuffer());
    expect([...(await readPicture(path)).pixels.data]).toEqual([...values]);
  });
});

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

  test("a profile longer than a JPEG segment goes into several", async () => {
    const iccProfile = Buffer.concat([await wideProfile(), Buffer.alloc(140_000)]);
    iccProfile.writeUInt32BE(iccProfile.length, 0);
    const path = join(folder, "long.jpg");
    await writePicture(path, { pixels: randomPixels(3, 8), iccProfile });
    expect((await readPicture(path)).iccProfile).toHaveLength(iccProfile.length);
  });

  test("WebP without loss gets a profile too", async () => {
    const { embedIccProfile } = await import("../../src/node/icc-profile.js");
    const { data, width, height, channels } = randomPixels(4, 8);
    const encoded = await sharp(data, { raw: { width, height, channels } })
      .webp({ lossless: true, exact: true })
      .toBuffer();
    expect(encoded.toString("latin1", 12, 16)).toBe("VP8L");
    const path = file("lossless.webp", embedIccProfile(encoded, "webp", await wideProfile()));
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

const photo = readFileSync(PHOTO);
const jpeg = await sharp(photo).jpeg().toBuffer();
const webp = await sharp(photo).webp().toBuffer();

/** A small file that says it is an enormous picture. */
function bomb(): Buffer {
  const bytes = pngFile({ width: 1, height: 1, depth: 8, colourType: 0, samples: [0] });
  const header = { width: 60_000, height: 60_000, depth: 8, colourType: 0, samples: [] } as const;
  const huge = pngFile(header).subarray(0, 33);
  return Buffer.concat([huge, bytes.subarray(33)]);
}

const badFiles: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ["an empty file", Buffer.alloc(0), /it is empty$/],
  ["text", Buffer.from("hello"), /neither a PNG, a JPEG nor a WebP file$/],
  ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /neither a PNG/],
  ["half a PNG", photo.subarray(0, photo.length / 2), /cut off or damaged/],
  ["a PNG's header", photo.subarray(0, 40), /cut off or damaged/],
  ["a PNG with a wrong byte", Buffer.from(photo).fill(photo[9000]! ^ 255, 9000, 9001), /cut off or damaged/],
  ["a JPEG less its last bytes", jpeg.subarray(0, -3), /cut off or damaged/],
  ["half a JPEG", jpeg.subarray(0, jpeg.length / 2), /cut off or damaged/],
  ["half a WebP", webp.subarray(0, webp.length / 2), /cut off or damaged/],
  ["a decompression bomb", bomb(), /more than the 67108864 pixels allowed/],
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
});
