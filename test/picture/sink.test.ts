// What a picture may be given back as, in Node: kinds, PNG as other decoders read it, refusals.
import { crc32 } from "node:zlib";
import sharp from "sharp";
import UPNG from "upng-js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { decode } from "../../src/picture/decode.js";
import { type OutputKind, outputKind } from "../../src/picture/output-kind.js";
import { pngOf } from "../../src/picture/png.js";
import { blobOf, imageDataOf } from "../../src/picture/sink.js";
import type { ImageSource } from "../../src/picture/source.js";
import { seededRandom } from "../cases/random.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Ramps with noise in the low bits: what a decoder that drops a byte, or a filter that is off by one, gets wrong. */
function picture(width: number, height: number, channels: Pixels["channels"], bits: Pixels["bits"]): Pixels {
  const random = seededRandom(width * 100 + channels * 10 + bits);
  const length = width * height * channels;
  const data = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = i * 577 + (random() >>> 28);
  return { data, width, height, channels, bits };
}

const gray = picture(3, 2, 1, 8);

describe("the kind of the output", () => {
  it.each([
    ["pixels", gray],
    ["texture", { [Symbol.toStringTag]: "GPUTexture" }],
    ["imageBitmap", { [Symbol.toStringTag]: "VideoFrame" }],
    ["imageBitmap", new Blob([])],
    ["imageBitmap", new URL("file:///photo.png")],
    ["imageData", { data: new Uint8ClampedArray(4), width: 1, height: 1 }],
  ] as const)("is %s for %o", (kind, source) => {
    for (const name of ["ImageData", "createImageBitmap"]) vi.stubGlobal(name, class {});
    expect(outputKind(source as unknown as ImageSource, undefined)).toBe(kind);
    expect(outputKind(source as unknown as ImageSource, "blob")).toBe("blob");
  });

  it.each([
    ["imageData", "ImageData"],
    ["imageBitmap", "createImageBitmap"],
    ["canvas", "HTMLCanvasElement or OffscreenCanvas"],
  ] as const)("cannot be %s in Node", (kind, missing) => {
    const message = `This environment has no ${missing}, ask for the output "pixels"`;
    expect(() => outputKind(gray, kind)).toThrow(expect.objectContaining({ code: "bad-input", message }));
  });

  it.each(["jpeg", "ImageBitmap", "toString"])("cannot be %s", (asked) => {
    expect(() => outputKind(gray, asked as OutputKind)).toThrow(
      `The output must be one of "imageBitmap", "imageData", "pixels", "blob", "texture", "canvas", got "${asked}"`,
    );
  });
});

describe("ImageData", () => {
  class Stub {
    constructor(
      readonly data: Uint8ClampedArray,
      readonly width: number,
      readonly height: number,
      readonly settings?: ImageDataSettings,
    ) {}
  }

  it("repeats gray, rounds 16 bits, and carries the colour space", () => {
    vi.stubGlobal("ImageData", Stub);
    const data = new Uint16Array([0, 65535, 128, 129, 65535 - 128, 257]);
    const made = imageDataOf({ data, width: 3, height: 1, channels: 2, bits: 16 }, "display-p3") as unknown as Stub;
    expect([...made.data]).toEqual([0, 0, 0, 255, 0, 0, 0, 1, 255, 255, 255, 1]);
    expect(made.settings).toEqual({ colorSpace: "display-p3" });
  });

  it("of 8-bit RGBA is not copied", () => {
    vi.stubGlobal("ImageData", Stub);
    const pixels = picture(3, 2, 4, 8);
    expect(imageDataOf(pixels, "srgb").data.buffer).toBe(pixels.data.buffer);
    const shared = new Uint8Array(new SharedArrayBuffer(24));
    expect(imageDataOf({ ...pixels, data: shared }, "srgb").data.buffer).toBeInstanceOf(ArrayBuffer);
  });
});

async function bytesOf(blob: Blob): Promise<Buffer> {
  return Buffer.from(await blob.arrayBuffer());
}

/** A file's chunks, their checksums checked. */
function chunks(file: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    expect(file.readUInt32BE(end)).toBe(crc32(file.subarray(at + 4, end)));
    found.set(file.toString("latin1", at + 4, at + 8), file.subarray(at + 8, end));
    at = end + 4;
  }
  return found;
}

function* strips(whole: Pixels, rows: number): Generator<Pixels> {
  const rowLength = whole.width * whole.channels;
  for (let y = 0; y < whole.height; y += rows) {
    const height = Math.min(rows, whole.height - y);
    yield { ...whole, height, data: whole.data.subarray(y * rowLength, (y + height) * rowLength) };
  }
}

async function samples16(file: Buffer, channels: number): Promise<Uint16Array> {
  const raw = sharp(file)
    .toColourspace(channels < 3 ? "grey16" : "rgb16")
    .raw({ depth: "ushort" });
  return new Uint16Array(new Uint8Array(await raw.toBuffer()).buffer);
}

function samples8(file: Buffer, channels: number): Uint8Array {
  const rgba = new Uint8Array(UPNG.toRGBA8(UPNG.decode(file))[0]!);
  const kept = { 1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3] }[channels]!;
  return Uint8Array.from({ length: (rgba.length / 4) * channels }, (_, i) => {
    return rgba[Math.floor(i / channels) * 4 + kept[i % channels]!]!;
  });
}

const forms = ([1, 2, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((bits) => ({ channels, bits })));

describe("a PNG", () => {
  it.each(forms)("of $channels channels of $bits bits is what went in", async ({ channels, bits }) => {
    for (const [width, height] of [
      [1, 1],
      [37, 23],
      [300, 250],
    ] as const) {
      const whole = picture(width, height, channels, bits);
      const blob = await blobOf(whole, {}, "srgb");
      expect(blob.type).toBe("image/png");
      const file = await bytesOf(blob);
      expect([...chunks(file).keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
      expect(await sharp(file).metadata()).toMatchObject({ width, height, channels });
      const read = bits === 16 ? await samples16(file, channels) : samples8(file, channels);
      expect(Buffer.from(read.buffer).equals(Buffer.from(whole.data.buffer))).toBe(true);
      for (const rows of [1, 4]) {
        const inStrips = await bytesOf(await pngOf(strips(whole, rows), whole, "srgb"));
        const raw = [await sharp(inStrips).raw().toBuffer(), await sharp(file).raw().toBuffer()] as const;
        expect(raw[0].equals(raw[1])).toBe(true);
      }
    }
  });

  it("says display-p3", async () => {
    const found = chunks(await bytesOf(await blobOf(gray, {}, "display-p3")));
    expect([...found.keys()]).toEqual(["IHDR", "cICP", "IDAT", "IEND"]);
    expect([...found.get("cICP")!]).toEqual([12, 13, 0, 1]);
  });

  it("is smaller than its pixels where they are smooth", async () => {
    const data = Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => Math.floor(i / 3) % 256);
    const blob = await blobOf({ data, width: 256, height: 256, channels: 3, bits: 8 }, {}, "srgb");
    expect(blob.size).toBeLessThan(data.length / 50);
  });

  it("hands the thread back, also where compression never leaves it", async () => {
    const identity = { transform: (bytes: Uint8Array, to: TransformStreamDefaultController) => to.enqueue(bytes) };
    vi.stubGlobal(
      "CompressionStream",
      class extends TransformStream {
        constructor() {
          super(identity);
        }
      },
    );
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    await blobOf(picture(2000, 1500, 4, 16), {}, "srgb");
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });

  const top = picture(4, 2, 3, 8);
  it.each([
    ["too few rows", [top], 3, "Strips of 2 rows came for a PNG of 4x3 pixels"],
    ["too many rows", [top, top], 3, "Strips of 4 rows came for a PNG of 4x3 pixels"],
    [
      "another width",
      [top, picture(5, 1, 3, 8)],
      3,
      /^A strip of 5x1 pixels, .* of width 4 with 3 channels of 8 bits$/,
    ],
    ["other bits", [top, picture(4, 1, 3, 16)], 3, /16 bits and 12 values came for a PNG/],
    ["no strip", [], 1, "Strips of 0 rows came for a PNG of 4x1 pixels"],
  ])("is not made of %s", async (_, given, height, message) => {
    const made = pngOf(given, { width: 4, height }, "srgb");
    await expect(made).rejects.toMatchObject({ code: "internal", message: expect.stringMatching(message) });
  });

  it("fails with what the strips throw", async () => {
    async function* failing(): AsyncGenerator<Pixels> {
      yield top;
      throw new Error("the GPU is gone");
    }
    await expect(pngOf(failing(), { width: 4, height: 4 }, "srgb")).rejects.toThrow("the GPU is gone");
  });

  it("needs a CompressionStream", async () => {
    vi.stubGlobal("CompressionStream", undefined);
    const message = "This environment has no CompressionStream to write PNG with";
    await expect(blobOf(gray, {}, "srgb")).rejects.toMatchObject({ code: "bad-input", message });
  });
});

describe("a blob", () => {
  it.each([
    [{ type: "png" }, 'type must be a picture\'s type such as "image/png", got "png"'],
    [{ type: "text/html" }, 'type must be a picture\'s type such as "image/png", got "text/html"'],
    [{ quality: 1.01 }, "quality must be a number from 0 to 1, got 1.01"],
    [{ quality: -1 }, "quality must be a number from 0 to 1, got -1"],
    [{ quality: Number.NaN }, "quality must be a number from 0 to 1, got NaN"],
    [{ quality: "high" as unknown as number }, "quality must be a number from 0 to 1, got high"],
    [
      { type: "image/jpeg" },
      "A picture of 3x2 pixels cannot be written as image/jpeg: this environment has no OffscreenCanvas",
    ],
  ])("of %o is refused in Node", async (options, message) => {
    await expect(blobOf(gray, options, "srgb")).rejects.toMatchObject({ code: "bad-input", message });
  });
});

describe("decoding", () => {
  it.each([new Blob(["x"]), new URL("file:///photo.png")])("%o says what Node lacks", async (source) => {
    const message =
      "This environment has no createImageBitmap to decode a picture with, give { data, width, height, channels }";
    await expect(decode(source)).rejects.toMatchObject({ code: "bad-input", message });
  });
});
