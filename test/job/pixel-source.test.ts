// Pictures that are handed to the GPU part by part, and rows that come back: bytes against pixels that are copied one by one.

import { describe, expect, it } from "vitest";
import { copyRows } from "../../src/job/network-pass.js";
import { ArraySource, type PixelStrip, packedRows, StripSource } from "../../src/job/pixel-source.js";
import type { Pixels } from "../../src/ops/pixels.js";
import type { Rectangle } from "../../src/ops/region.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";
import { randomPicture } from "../cases/random.js";

const FORMS = ([1, 2, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((bits) => ({ channels, bits })));

/** The bytes of `part`, pixel by pixel; each row begins with a word, and is filled up with zeros. */
function expectedBytes(picture: Pixels, part: Rectangle): Uint8Array {
  const { data, width, height, channels, bits } = picture;
  const modulo = (value: number, size: number) => ((value % size) + size) % size;
  const pitch = Math.ceil((part.width * channels * bits) / 32) * 4;
  const bytes = new Uint8Array(pitch * part.height);
  const levels = bits === 8 ? bytes : new Uint16Array(bytes.buffer);
  for (let y = 0; y < part.height; y++) {
    for (let x = 0; x < part.width; x++) {
      const from = (modulo(part.y + y, height) * width + modulo(part.x + x, width)) * channels;
      for (let c = 0; c < channels; c++) levels[(y * pitch * 8) / bits + x * channels + c] = data[from + c]!;
    }
  }
  return bytes;
}

const PARTS: readonly Rectangle[] = [
  { x: 0, y: 0, width: 7, height: 5 },
  { x: 1, y: 2, width: 5, height: 2 },
  { x: 3, y: 1, width: 1, height: 4 },
  { x: 6, y: 4, width: 1, height: 1 },
];

const BEYOND: readonly Rectangle[] = [
  { x: -3, y: -2, width: 6, height: 4 },
  { x: 5, y: 3, width: 5, height: 6 },
  { x: -16, y: -11, width: 33, height: 21 },
  { x: -1, y: 2, width: 9, height: 1 },
];

describe.each(FORMS)("$channels channels of $bits bits", ({ channels, bits }) => {
  const picture = randomPicture(7, 5, channels, bits);

  it.each([...PARTS, ...BEYOND])("are packed row by row: %o", async (part) => {
    expect(await new ArraySource(picture).pack(part)).toEqual(expectedBytes(picture, part));
  });

  it("say how their rows lie", async () => {
    const part = { x: 1, y: 2, width: 5, height: 2 };
    const { pitch, offset, ...rest } = packedRows(part, picture);
    expect(rest).toEqual(part);
    expect(offset).toBe(0);
    expect(pitch * 4 * part.height).toBe((await new ArraySource(picture).pack(part)).byteLength);
  });

  it("may be part of a larger buffer", async () => {
    const { length, BYTES_PER_ELEMENT } = picture.data;
    const buffer = new ArrayBuffer(6 + length * BYTES_PER_ELEMENT + 10);
    const data = bits === 8 ? new Uint8Array(buffer, 6, length) : new Uint16Array(buffer, 6, length);
    data.set(picture.data);
    const source = new ArraySource({ ...picture, data });
    for (const part of PARTS) expect(await source.pack(part)).toEqual(expectedBytes(picture, part));
  });

  it("come in strips", async () => {
    for (const counts of [[5], [1, 1, 1, 1, 1], [2, 3], [3, 1, 1]]) {
      const { source } = stripSource(picture, counts);
      for (const part of [
        { x: 2, y: 0, width: 4, height: 2 },
        { x: 0, y: 0, width: 7, height: 3 },
        { x: 1, y: 2, width: 5, height: 2 },
        { x: 3, y: 2, width: 3, height: 3 },
        { x: 0, y: 4, width: 7, height: 1 },
      ]) {
        expect(await source.pack(part), JSON.stringify({ counts, part })).toEqual(expectedBytes(picture, part));
      }
    }
  });

  it("are copied back into a strip, row by row", () => {
    const strip = { x: 0, y: 10, width: 9, height: 6 };
    const length = strip.width * strip.height * channels;
    const kept = { x: 2, y: 11, width: 7, height: 5 };
    const data = bits === 8 ? new Uint8Array(length).fill(99) : new Uint16Array(length).fill(99);
    const expected = data.slice();
    for (let y = 0; y < kept.height; y++) {
      const row = picture.data.subarray(y * 7 * channels, (y + 1) * 7 * channels);
      expected.set(row, ((kept.y - strip.y + y) * strip.width + kept.x) * channels);
    }
    const bytes = expectedBytes(picture, { x: 0, y: 0, width: 7, height: 5 });
    doneAtOnce(copyRows({ bytes, kept }, { channels, bits }, { strip, data }));
    expect(data).toEqual(expected);
  });
});

it("is copied into a strip that is part of a larger buffer", () => {
  const buffer = new ArrayBuffer(40);
  const data = new Uint16Array(buffer, 8, 6);
  const strip = { x: 0, y: 4, width: 3, height: 2 };
  const bytes = new Uint8Array(Uint16Array.of(500, 600).buffer);
  doneAtOnce(
    copyRows({ bytes, kept: { x: 1, y: 5, width: 2, height: 1 } }, { channels: 1, bits: 16 }, { strip, data }),
  );
  expect([...new Uint16Array(buffer)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 500, 600, ...new Array(10).fill(0)]);
});

/** The picture in strips of so many rows, and how many were taken. */
function stripSource(picture: Pixels, counts: readonly number[]) {
  const { width, channels, bits, data } = picture;
  let taken = 0;
  async function* strips(): AsyncGenerator<PixelStrip, void, void> {
    let y = 0;
    for (const rows of counts) {
      const part = data.slice(y * width * channels, (y + rows) * width * channels) as PixelStrip["data"];
      taken++;
      yield { y, rows, data: part };
      y += rows;
    }
  }
  const source = new StripSource(strips(), { width, height: picture.height, channels, bits });
  return { source, taken: () => taken };
}

describe("a picture that comes in strips", () => {
  const picture = randomPicture(7, 5);
  const rows = (y: number, height: number) => ({ x: 0, y, width: 7, height });

  it("takes none before it is needed", async () => {
    const { source, taken } = stripSource(picture, [1, 1, 1, 1, 1]);
    expect(taken()).toBe(0);
    await source.pack(rows(0, 2));
    expect(taken()).toBe(2);
    await source.pack(rows(1, 1));
    expect(taken()).toBe(2);
    await source.pack(rows(3, 1));
    expect(taken()).toBe(4);
  });

  it("lets rows go that lie above those asked for", async () => {
    const { source } = stripSource(picture, [1, 1, 1, 1, 1]);
    await source.pack(rows(0, 1));
    await source.pack(rows(3, 1));
    // Row 2 was not asked for, but came before the one that made room.
    const above = await source.pack(rows(0, 1));
    expect(above).not.toEqual(expectedBytes(picture, rows(0, 1)));
    expect(await source.pack(rows(3, 2))).toEqual(expectedBytes(picture, rows(3, 2)));
  });

  it("fails where it ends early", async () => {
    const { source } = stripSource(picture, [2, 2]);
    expect(await source.pack(rows(0, 4))).toEqual(expectedBytes(picture, rows(0, 4)));
    await expect(source.pack(rows(3, 2))).rejects.toThrow("a picture ended before its last row");
  });

  it("passes on what its strips throw", async () => {
    async function* broken(): AsyncGenerator<PixelStrip, void, void> {
      yield { y: 0, rows: 1, data: new Uint8Array(21) };
      throw new Error("the strip failed");
    }
    const source = new StripSource(broken(), { width: 7, height: 5, channels: 3, bits: 8 });
    await source.pack(rows(0, 1));
    await expect(source.pack(rows(0, 2))).rejects.toThrow("the strip failed");
  });
});
