// The PNG writer: what other decoders make of its files, that it waits for who takes the bytes, and how it fails.
import { crc32, inflateSync } from "node:zlib";
import sharp from "sharp";
import UPNG from "upng-js";
import { describe, expect, test } from "vitest";
import type { Pixels, Strip } from "../../src/index.js";
import { writePng } from "../../src/node/png-writer.js";
import { seededRandom } from "../cases/random.js";

interface Kind {
  width: number;
  height: number;
  channels: Pixels["channels"];
  bits: Pixels["bits"];
}

/** Ramps with some noise, so that every filter has rows that suit it. */
function picture({ width, height, channels, bits }: Kind): Pixels {
  const random = seededRandom(width * 100 + channels * 10 + bits);
  const length = width * height * channels;
  const data = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  const full = 2 ** bits - 1;
  for (let i = 0; i < length; i++) {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    const above = data[i - width * channels] ?? 0;
    const kinds = [random() >>> (32 - bits), above, x * 7, (x + y) * 5 + (random() >>> 30), 0];
    data[i] = kinds[y % kinds.length]! & full;
  }
  return { data, width, height, channels, bits };
}

function* strips(whole: Pixels, rows: number): Generator<Strip> {
  const { width, height, channels } = whole;
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    const data = whole.data.subarray(y * width * channels, (y + count) * width * channels);
    yield { y, pixels: { ...whole, data, height: count } };
  }
}

async function encoded(from: Iterable<Strip>, options: Parameters<typeof writePng>[1]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await writePng(from, options, async (bytes) => void pieces.push(bytes));
  return Buffer.concat(pieces);
}

/** A file's chunks, in order, their checksums checked. */
function chunks(file: Buffer): { type: string; data: Buffer }[] {
  expect(file.toString("latin1", 0, 8)).toBe("\x89PNG\r\n\x1a\n");
  const found = [];
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    expect(file.readUInt32BE(end)).toBe(crc32(file.subarray(at + 4, end)));
    found.push({ type: file.toString("latin1", at + 4, at + 8), data: file.subarray(at + 8, end) });
    at = end + 4;
  }
  return found;
}

const kinds = ([1, 2, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((bits) => ({ channels, bits })));

describe("a PNG", () => {
  test.each(kinds)("of $channels channels of $bits bits, in strips of any height", async ({ channels, bits }) => {
    for (const [width, height] of [
      [1, 1],
      [1, 7],
      [5, 1],
      [23, 17],
    ] as const) {
      const whole = picture({ width, height, channels, bits });
      const files = await Promise.all([1, 4, 100].map((rows) => encoded(strips(whole, rows), { width, height })));
      expect(files[1]!.equals(files[0]!) && files[2]!.equals(files[0]!)).toBe(true);
      const file = files[0]!;
      expect(await sharp(file).metadata()).toMatchObject({ width, height, channels });
      if (bits === 8) {
        const rgba = new Uint8Array(UPNG.toRGBA8(UPNG.decode(file))[0]!);
        const at = (pixel: number, c: number) => whole.data[pixel * channels + c]!;
        const wanted = Array.from({ length: width * height }, (_, pixel) => [
          ...(channels < 3 ? [at(pixel, 0), at(pixel, 0), at(pixel, 0)] : [at(pixel, 0), at(pixel, 1), at(pixel, 2)]),
          channels % 2 === 0 ? at(pixel, channels - 1) : 255,
        ]);
        expect([...rgba]).toEqual(wanted.flat());
      } else {
        const raw = sharp(file)
          .toColourspace(channels < 3 ? "grey16" : "rgb16")
          .raw({ depth: "ushort" });
        const { buffer, byteOffset, length } = await raw.toBuffer();
        expect([...new Uint16Array(buffer, byteOffset, length / 2)]).toEqual([...whole.data]);
      }
    }
  });

  test("has rows of every filter, and is no larger than another encoder's", async () => {
    const whole = picture({ width: 64, height: 60, channels: 3, bits: 8 });
    const file = await encoded(strips(whole, 60), { width: 64, height: 60 });
    const data = chunks(file).filter(({ type }) => type === "IDAT");
    const rows = inflateSync(Buffer.concat(data.map((chunk) => chunk.data)));
    const used = Array.from({ length: 60 }, (_, y) => rows[y * (1 + 64 * 3)]!);
    expect(new Set(used)).toEqual(new Set([0, 1, 2, 3, 4]));
    const other = await sharp(whole.data, { raw: { width: 64, height: 60, channels: 3 } })
      .png({ adaptiveFiltering: true, compressionLevel: 6 })
      .toBuffer();
    expect(file.length).toBeLessThan(other.length * 1.1);
  });

  test("says what made it and what its values mean, before the rows, which come in pieces", async () => {
    const random = seededRandom(1);
    const data = Uint8Array.from({ length: 400 * 400 }, () => random() >>> 24);
    const whole: Pixels = { data, width: 400, height: 400, channels: 1, bits: 8 };
    const iccProfile = Buffer.from("a profile".repeat(20));
    const software = "esrgan-webgpu 1.2.3, own";
    const found = chunks(await encoded(strips(whole, 16), { width: 400, height: 400, iccProfile, software }));
    const types = found.map(({ type }) => type);
    expect(types.filter((type) => type !== "IDAT")).toEqual(["IHDR", "iCCP", "tEXt", "IEND"]);
    const pieces = found.filter(({ type }) => type === "IDAT");
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece.data.length).toBeLessThanOrEqual(65536);
    const icc = found[1]!.data;
    const nameEnd = icc.indexOf(0);
    expect(inflateSync(icc.subarray(nameEnd + 2)).equals(iccProfile)).toBe(true);
    expect(found[2]!.data.toString("latin1")).toBe(`Software\0${software}`);
  });
});

describe("the strips", () => {
  const whole = picture({ width: 4, height: 6, channels: 3, bits: 8 });
  const size = { width: 4, height: 6 };
  const [top, bottom] = [...strips(whole, 3)] as [Strip, Strip];
  const narrow = picture({ width: 3, height: 3, channels: 3, bits: 8 });

  const wrong: [name: string, strips: Strip[], message: RegExp][] = [
    ["none", [], /ended after 0 rows/],
    ["too few", [top], /ended after 3 rows/],
    ["too many", [top, bottom, { ...bottom, y: 6 }], /does not follow the first 6 rows/],
    ["out of order", [bottom, top], /does not follow the first 0 rows/],
    ["a gap", [top, { ...bottom, y: 4 }], /does not follow/],
    ["one that overhangs", [top, { y: 3, pixels: whole }], /does not follow/],
    ["one that is narrow", [top, { y: 3, pixels: narrow }], /4x6 pixels/],
    [
      "one of another kind",
      [top, { y: 3, pixels: { ...bottom.pixels, channels: 1, data: new Uint8Array(12) } }],
      /1 ch/,
    ],
    ["one of other bits", [top, { y: 3, pixels: { ...bottom.pixels, bits: 16 } as Pixels }], /16 bits/],
    ["one with too little in it", [top, { y: 3, pixels: { ...bottom.pixels, data: new Uint8Array(35) } }], /does not/],
  ];
  test.each(wrong)("that do not make up the picture are refused: %s", async (_, given, message) => {
    const error = await encoded(given, size).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "internal", message: expect.stringMatching(message) });
  });

  /** Incompressible, 64 kB each. */
  function* noise(count: number, onPulled: () => void): Generator<Strip> {
    const random = seededRandom(2);
    for (let i = 0; i < count; i++) {
      onPulled();
      const data = Uint8Array.from({ length: 65536 }, () => random() >>> 24);
      yield { y: i * 64, pixels: { data, width: 1024, height: 64, channels: 1, bits: 8 } };
    }
  }

  test("are not asked for while nobody takes the bytes", async () => {
    let pulled = 0;
    let taken = 0;
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done = writePng(
      noise(64, () => pulled++),
      { width: 1024, height: 64 * 64 },
      async ({ length }) => {
        if (taken > 100_000) await blocked;
        taken += length;
      },
    );
    await expect.poll(() => taken).toBeGreaterThan(100_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(pulled).toBeLessThan(16);
    release();
    await done;
    expect(pulled).toBe(64);
    expect(taken).toBeGreaterThan(64 * 65536);
  });

  test("are not kept", async () => {
    const [count, byteLength] = [160, 2 ** 20];
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const source = function* (): Generator<Strip> {
      for (let i = 0; i < count; i++) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        const data = new Uint8Array(byteLength);
        yield { y: i * 256, pixels: { data, width: 4096, height: 256, channels: 1, bits: 8 } };
      }
    };
    await writePng(source(), { width: 4096, height: 256 * count }, async () => {});
    expect(most).toBeLessThan((count / 2) * byteLength); // strips and batches until they are collected
  });

  test("are left when the bytes cannot be written, with that reason", async () => {
    let pulled = 0;
    let isLeft = false;
    const source = function* () {
      try {
        yield* noise(64, () => pulled++);
      } finally {
        isLeft = true;
      }
    };
    let taken = 0;
    const reason = new Error("no room");
    const work = writePng(source(), { width: 1024, height: 64 * 64 }, async ({ length }) => {
      taken += length;
      if (taken > 200_000) throw reason;
    });
    await expect(work).rejects.toBe(reason);
    expect(isLeft).toBe(true);
    expect(pulled).toBeLessThan(16);
  });

  test("that fail fail the file, with their own reason", async () => {
    const reason = new Error("lost");
    const source = async function* () {
      yield top;
      throw reason;
    };
    await expect(writePng(source(), size, async () => {})).rejects.toBe(reason);
  });
});

test("is the same file however slowly its bytes are taken", async () => {
  const random = seededRandom(3); // noise, which fills several chunks
  const whole: Pixels = {
    data: Uint8Array.from({ length: 400 * 300 * 3 }, () => random() >>> 24),
    ...{ width: 400, height: 300, channels: 3, bits: 8 },
  };
  const fast = await encoded(strips(whole, 8), whole);
  const pieces: Uint8Array[] = [];
  await writePng(strips(whole, 8), whole, async (bytes) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    pieces.push(bytes);
  });
  const lengths = chunks(fast).flatMap(({ type, data }) => (type === "IDAT" ? [data.length] : []));
  expect(new Set(lengths.slice(0, -1))).toEqual(new Set([2 ** 16]));
  expect(lengths.length).toBeGreaterThan(3);
  expect(Buffer.concat(pieces).equals(fast)).toBe(true);
});
