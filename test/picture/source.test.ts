// What may be given as a picture, in Node: kinds by shape, raw pixels of every form, refusals.
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { EsrganError } from "../../src/errors.js";
import {
  colorSpaceOf,
  copiedPixels,
  type ImageSource,
  isImageData,
  pixelsOf,
  type RawPixels,
  sourceKind,
} from "../../src/picture/source.js";
import { floatToHalf } from "../../src/weights/half.js";

/** An object that says it is of the class `name`, as one of a browser does. */
function instanceOf(name: string, fields: object = {}): ImageSource {
  return { ...fields, [Symbol.toStringTag]: name } as unknown as ImageSource;
}

const rgb = (data: RawPixels["data"]): RawPixels => ({ data, width: 2, height: 1, channels: 3 });

describe("the kind of a source", () => {
  it.each([
    ["pixels", rgb(new Uint8Array(6))],
    ["pixels", { data: Buffer.alloc(6), info: { width: 2, height: 1, channels: 3 } }],
    ["imageData", { data: new Uint8ClampedArray(4), width: 1, height: 1 }],
    ["imageData", instanceOf("ImageData", { data: new Uint8ClampedArray(4), width: 1, height: 1 })],
    ["element", instanceOf("ImageBitmap")],
    ["element", instanceOf("HTMLImageElement")],
    ["element", instanceOf("SVGImageElement")],
    ["element", instanceOf("HTMLVideoElement")],
    ["element", instanceOf("HTMLCanvasElement")],
    ["element", instanceOf("OffscreenCanvas")],
    ["element", instanceOf("VideoFrame")],
    ["blob", new Blob([])],
    ["blob", new File([], "photo.png")],
    ["url", new URL("file:///photo.png")],
    ["texture", instanceOf("GPUTexture")],
  ] as const)("is %s for %o", (kind, source) => {
    expect(sourceKind(source as ImageSource)).toBe(kind);
    expect(isImageData(source as ImageSource)).toBe(kind === "imageData");
  });

  const wanted =
    "A picture must be an ImageBitmap, an image, video or canvas element, a VideoFrame, ImageData, " +
    "a Blob, a URL, a GPUTexture or { data, width, height, channels, bits }, got";
  it.each([
    [null, "null"],
    [undefined, "undefined"],
    [7, "number"],
    ["photo.png", "a string: use new URL(...) for an address, or fetch its Blob"],
    [{}, "an object without data"],
    [[], "an object of class Array"],
    [new ArrayBuffer(4), "an object of class ArrayBuffer"],
    [instanceOf("HTMLDivElement"), "an element of class HTMLDivElement"],
    [instanceOf("SVGSVGElement"), "an element of class SVGSVGElement"],
    [instanceOf("CanvasRenderingContext2D"), "an object of class CanvasRenderingContext2D"],
  ])("is refused for %o", (source, got) => {
    const act = () => sourceKind(source as ImageSource);
    expect(act).toThrow(EsrganError);
    expect(act).toThrow(expect.objectContaining({ code: "bad-input", message: `${wanted} ${got}` }));
  });
});

describe("raw pixels", () => {
  it.each([
    [new Uint8Array([1, 2, 3, 4, 5, 6]), 8],
    [new Uint8ClampedArray([1, 2, 3, 4, 5, 6]), 8],
    [Buffer.from([1, 2, 3, 4, 5, 6]), 8],
    [new Uint16Array([1, 2, 3, 4, 5, 60000]), 16],
  ] as const)("of %o have the bits of their array", (data, bits) => {
    expect(pixelsOf(rgb(data))).toEqual({ data, width: 2, height: 1, channels: 3, bits });
    expect(pixelsOf(rgb(data)).data).toBe(data);
  });

  it("of another realm are taken", () => {
    const source = runInNewContext("({ data: new Uint16Array([7]), width: 1, height: 1, channels: 1 })");
    expect(pixelsOf(source)).toMatchObject({ bits: 16, channels: 1 });
  });

  it.each([
    [Buffer.from([1, 2, 3, 4, 5, 6]), Uint8Array],
    [new Uint8ClampedArray([1, 2, 3, 4, 5, 6]), Uint8Array],
    [new Uint16Array([1, 2, 3, 4, 5, 6]), Uint16Array],
  ])("of %o are copied", (data, type) => {
    const copied = copiedPixels(rgb(data));
    data.fill(99);
    expect(copied.data).toBeInstanceOf(type);
    expect([...copied.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("of another kind are refused", () => {
    const message =
      "The picture must be ImageData or { data, width, height, channels, bits } here, got an object of class Blob";
    expect(() => pixelsOf(new Blob([]))).toThrow(expect.objectContaining({ code: "bad-input", message }));
  });

  it.each([
    [
      { ...rgb(new Uint8Array(6)), bits: 16 },
      "A picture of 2x1 pixels with 3 channels of 16 bits came with data of type Uint8Array, expected Uint16Array",
    ],
    [
      { ...rgb(new Uint8Array(6)), bits: 12 },
      "A picture of 2x1 pixels with 3 channels of 12 bits was given, expected 1 to 4 channels of 8 or 16 bits",
    ],
    [
      { ...rgb(new Uint8Array(6)), data: new Float32Array(6) },
      "A picture of 2x1 pixels came with data of type Float32Array, expected Uint8Array, Uint8ClampedArray or Uint16Array",
    ],
    [rgb(new Uint8Array(5)), "A picture of 2x1 pixels with 3 channels of 8 bits needs 6 values, got 5"],
    [rgb(new Uint8Array(0)), "A picture of 2x1 pixels with 3 channels of 8 bits needs 6 values, got 0"],
  ])("like %o are refused", (source, message) => {
    expect(() => pixelsOf(source as RawPixels)).toThrow(expect.objectContaining({ code: "bad-input", message }));
  });

  const transferred = (data: RawPixels["data"]) => {
    structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
    return data;
  };
  it.each([
    ["pixels", () => rgb(transferred(new Uint8Array(6)))],
    ["pixels of 16 bits", () => rgb(transferred(new Uint16Array(6)))],
    ["ImageData", () => ({ data: transferred(new Uint8ClampedArray(8)), width: 2, height: 1 }) as ImageData],
  ])("whose buffer was transferred away are refused: %s", (_, source) => {
    const message =
      "A picture of 2x1 pixels came with data whose ArrayBuffer is detached: it was transferred elsewhere";
    expect(() => pixelsOf(source())).toThrow(expect.objectContaining({ code: "bad-input", message }));
  });
});

describe("sharp's result", () => {
  const input = sharp(Buffer.from([0, 50, 100, 150, 200, 250]), { raw: { width: 2, height: 1, channels: 3 } });

  it("of 8 bits is taken as it is", async () => {
    const result = await input.clone().raw().toBuffer({ resolveWithObject: true });
    expect(pixelsOf(result)).toEqual({ data: result.data, width: 2, height: 1, channels: 3, bits: 8 });
  });

  it("of 16 bits is taken, wherever in memory it lies", async () => {
    const { data, info } = await input
      .clone()
      .toColourspace("rgb16")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    const wanted = Array.from({ length: 6 }, (_, i) => data.readUInt16LE(i * 2));
    expect(new Set(wanted).size).toBe(6);
    for (const offset of [0, 1]) {
      const moved = Buffer.concat([Buffer.alloc(offset), data]).subarray(offset);
      const pixels = pixelsOf({ data: moved, info });
      expect(pixels).toMatchObject({ width: 2, height: 1, channels: 3, bits: 16 });
      expect([...pixels.data]).toEqual(wanted);
    }
  });

  it("that is a file is refused", async () => {
    const result = await input.clone().png().toBuffer({ resolveWithObject: true });
    expect(() => pixelsOf(result)).toThrow(/^The result of sharp has the format png .* expected \.raw\(\)/);
  });
});

describe("ImageData", () => {
  it("of float16 becomes 16 bits, clamped to 0..1", () => {
    const values = [0, 1, 0.5, 2, -1, Number.NaN, 1 / 1024, 0.25];
    const halves = Uint16Array.from(values, floatToHalf);
    Object.defineProperty(halves, Symbol.toStringTag, { value: "Float16Array" });
    const source = { data: halves, width: 2, height: 1 } as unknown as ImageData;
    const pixels = pixelsOf(source);
    expect(pixels).toMatchObject({ channels: 4, bits: 16 });
    expect([...pixels.data]).toEqual([0, 65535, 32768, 65535, 0, 0, 64, 16384]);
  });

  it("says its colour space", () => {
    const fields = { data: new Uint8ClampedArray(4), width: 1, height: 1 };
    expect(colorSpaceOf(instanceOf("ImageData", { ...fields, colorSpace: "display-p3" }))).toBe("display-p3");
    expect(colorSpaceOf(instanceOf("ImageData", { ...fields, colorSpace: "srgb" }))).toBe("srgb");
    expect(colorSpaceOf(fields as ImageData)).toBe("srgb");
    expect(colorSpaceOf(rgb(new Uint8Array(6)))).toBe("srgb");
  });
});
