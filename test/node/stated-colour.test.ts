// What files say of their colours: written again as PNG, and in JPEG and WebP as a profile or as converted values, against the formulas of the
// PNG and sRGB specifications.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Chromaticities,
  isLinear,
  makeProfile,
  profileSpace,
  SRGB_CURVE,
  SRGB_PRIMARIES,
} from "../../src/node/icc-profile.js";
import { readPicture } from "../../src/node/read-picture.js";
import { equalProfile } from "../../src/node/stated-colour.js";
import { writePicture } from "../../src/node/write-picture.js";
import { type PngParts, pngFile } from "./png.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-colour-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const uint32s = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
};
const ADOBE: Chromaticities = [0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06];
const gama = (value: number) => ["gAMA", uint32s(value)] as const;
const chrm = (values: Chromaticities) => ["cHRM", uint32s(...values.map((value) => Math.round(value * 1e5)))] as const;
const cicp = (...values: number[]) => ["cICP", Buffer.from(values)] as const;
const srgb = ["sRGB", Buffer.of(0)] as const;
const iccp = (profile: Uint8Array) => ["iCCP", Buffer.concat([Buffer.from("p\0\0"), deflateSync(profile)])] as const;

type Chunks = NonNullable<PngParts["chunks"]>;
const SIDE = 8;

/** A PNG of one colour. */
function png(colour: readonly number[], chunks: Chunks, depth: 8 | 16 = 8): Buffer {
  const colourType = ([0, 4, 2, 6] as const)[colour.length - 1]!;
  const samples = Array.from({ length: SIDE * SIDE }, () => colour).flat();
  return pngFile({ width: SIDE, height: SIDE, depth, colourType, samples, chunks });
}

/** The chunks about colour in a PNG file, in order. */
function chunksOf(path: string): [string, string][] {
  const bytes = readFileSync(path);
  const found: [string, string][] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (/cICP|sRGB|gAMA|cHRM|mDCV|cLLI/.test(type))
      found.push([type, bytes.toString("hex", at + 8, at + 8 + bytes.readUInt32BE(at))]);
  }
  return found;
}

/** The first pixel as a viewer of sRGB shows it, who heeds profiles. */
async function seen(path: string): Promise<number[]> {
  const { data, info } = await sharp(readFileSync(path))
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data.subarray(0, info.channels)];
}

const encoded = (light: number) => (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);
const shown = (value: number, gamma: number) => Math.round(255 * encoded(value ** gamma));

async function convert(source: string, name: string): Promise<{ path: string; notes: string[] }> {
  const notes: string[] = [];
  const path = join(folder, name);
  await writePicture(path, await readPicture(source), undefined, (note) => notes.push(note));
  return { path, notes };
}

function expectNear(actual: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) {
    expect(Math.abs(actual[index]! - value), `channel ${index} of ${actual}, wanted ${wanted}`).toBeLessThanOrEqual(
      tolerance,
    );
  }
}

describe("PNG to PNG: what the file says is written again, and the values stay", () => {
  test.each<[string, Chunks]>([
    ["gAMA", [gama(100_000)]],
    ["gAMA and cHRM", [gama(45455), chrm(ADOBE)]],
    ["sRGB and its fallbacks", [srgb, gama(45455), chrm(SRGB_PRIMARIES)]],
    ["cICP of HDR", [cicp(9, 16, 0, 1), ["mDCV", Buffer.alloc(24, 7)], ["cLLI", Buffer.alloc(8, 3)]]],
    ["nothing", []],
  ])("%s", async (_, chunks) => {
    for (const [colour, depth] of [
      [[10, 90, 200], 8],
      [[100, 999, 50_000, 60_000], 16],
      [[77], 8],
    ] as const) {
      const { path, notes } = await convert(file("in.png", png(colour, chunks, depth)), "out.png");
      expect(chunksOf(path).sort()).toEqual(
        chunks.map(([type, data]) => [type, Buffer.from(data).toString("hex")]).sort(),
      );
      expect([...(await readPicture(path)).pixels.data.slice(0, colour.length)]).toEqual(colour);
      expect(notes).toEqual([]);
    }
  });

  test("but for chunks that are damaged", async () => {
    const broken = png([1, 2, 3], [gama(100_000)]);
    broken[broken.indexOf("gAMA") + 5]! ^= 1; // its checksum is wrong now
    expect(chunksOf((await convert(file("in.png", broken), "out.png")).path)).toEqual([]);
    const short = png([1, 2, 3], [["gAMA", Buffer.from([1, 2])]]);
    expect(chunksOf((await convert(file("in.png", short), "out.png")).path)).toEqual([]);
  });
});

describe("PNG to JPEG and WebP: the colours look the same", () => {
  test.each(["out.jpg", "out.webp"])("gAMA as a profile, %s", async (name) => {
    for (const gamma of [1, 1.8, 2.6]) {
      const { path, notes } = await convert(
        file("in.png", png([40, 120, 220], [gama(Math.round(1e5 / gamma)), chrm(SRGB_PRIMARIES)])),
        name,
      );
      expect((await readPicture(path)).iccProfile).toBeDefined();
      expectNear(
        await seen(path),
        [40, 120, 220].map((value) => shown(value / 255, gamma)),
        4,
      );
      expect(notes).toEqual([]);
    }
  });

  test("that of sRGB needs no profile", async () => {
    for (const chunks of [
      [srgb],
      [gama(45455)],
      [gama(45455), chrm(SRGB_PRIMARIES)],
      [cicp(1, 13, 0, 1)],
    ] as Chunks[]) {
      const { path } = await convert(file("in.png", png([1, 2, 3], chunks)), "out.webp");
      expect((await readPicture(path)).iccProfile).toBeUndefined();
    }
  });

  test("cHRM as a profile: Adobe RGB is sharp's own conversion from a profile of it", async () => {
    const { path } = await convert(file("in.png", png([60, 160, 90], [gama(45470), chrm(ADOBE)])), "out.webp");
    const wide = await readPicture(path);
    expect(profileSpace(wide.iccProfile!)).toBe("RGB ");
    // By hand: Adobe RGB and sRGB share red and blue, so the red of a green is less than its own.
    const light = [60, 160, 90].map((value) => (value / 255) ** 2.19921875) as [number, number, number];
    const wanted = [
      1.3982832 * light[0] - 0.3982831 * light[1],
      light[1],
      -0.0429383 * light[1] + 1.0429383 * light[2],
    ].map((value) => Math.round(255 * encoded(Math.max(0, value))));
    expectNear(await seen(path), wanted, 4);
  });

  test("cICP as a profile, before iCCP; what no profile can say is told", async () => {
    const p3 = await convert(file("in.png", png([200, 30, 30], [cicp(12, 13, 0, 1), iccp(linear)])), "out.webp");
    const wide = (await readPicture(p3.path)).iccProfile!;
    expect(isLinear(wide)).toBe(false);
    expect((await seen(p3.path))[0]).toBeGreaterThan(212); // a red beyond sRGB's of the same values
    const hdr = await convert(file("in.png", png([200, 30, 30], [cicp(9, 16, 0, 1)])), "out.jpg");
    expect(hdr.notes).toEqual([
      "JPEG cannot say the HDR (PQ) colours 9-16 of the PNG's cICP, so that they look different",
    ]);
    expect(equalProfile({ cICP: Uint8Array.of(1, 13, 0, 0) }, undefined, false)).toBe("unknown"); // of narrow range
  });
});

const linear = makeProfile("linear", [1], SRGB_PRIMARIES);
const linearGray = makeProfile("linear gray", [1]);

describe("what JPEG and WebP cannot hold is converted to sRGB, with a note", () => {
  test.each([8, 16] as const)("a profile of gray in WebP, %i bits", async (depth) => {
    const most = 2 ** depth - 1;
    for (const value of [0.003, 0.05, 0.2, 0.8]) {
      const gray = Math.round(value * most);
      for (const chunk of [iccp(linearGray), gama(100_000)]) {
        for (const colour of [[gray], [gray, most]]) {
          const { path, notes } = await convert(file("in.png", png(colour, [chunk], depth)), "g.webp");
          expect((await sharp(path).metadata()).icc).toBeUndefined();
          expectNear((await seen(path)).slice(0, 3), Array(3).fill(shown(gray / most, 1)), 2);
          expect(notes.at(-1)).toBe(
            "WebP cannot hold a colour profile of gray values, so that the values were converted to sRGB",
          );
          expect(notes).toHaveLength(depth === 16 ? 2 : 1);
        }
      }
    }
    const { path, notes } = await convert(file("in.png", png([99], [iccp(linearGray)])), "g.jpg");
    expect((await sharp(path).metadata()).icc?.equals(linearGray)).toBe(true);
    expect(notes).toEqual([]);
  });

  test("16 bits are rounded, of linear values after they were converted", async () => {
    const colour = [300, 2000, 30_000];
    const plain = await convert(file("in.png", png(colour, [], 16)), "out.jpg");
    expect(plain.notes).toEqual(["JPEG has 8 bits a channel, so that the 16 were rounded"]);
    for (const [name, chunk] of [
      ["out.jpg", iccp(linear)],
      ["out.webp", gama(100_000)],
    ] as const) {
      const { path, notes } = await convert(file("in.png", png(colour, [chunk], 16)), name);
      expect((await sharp(path).metadata()).icc).toBeUndefined();
      expectNear(
        await seen(path),
        colour.map((value) => shown(value / 65535, 1)),
        3,
      );
      expect(notes.at(-1)).toMatch(/too few bits for the linear values .* converted to sRGB$/);
    }
  });

  test("transparency stays", async () => {
    const { path } = await convert(file("in.png", png([20_000, 20_000, 20_000, 30_000], [iccp(linear)], 16)), "a.webp");
    expectNear(await seen(path), [...Array(3).fill(shown(20_000 / 65535, 1)), Math.round(30_000 / 257)], 2);
  });

  test("a profile longer than JPEG has segments for", async () => {
    const iccProfile = Buffer.concat([linear, Buffer.alloc(17_000_000)]);
    iccProfile.writeUInt32BE(iccProfile.length, 0);
    const notes: string[] = [];
    const { pixels } = await readPicture(file("in.png", png([40, 120, 220], [])));
    await writePicture(join(folder, "long.jpg"), { pixels, iccProfile }, undefined, (note) => notes.push(note));
    expectNear(
      await seen(join(folder, "long.jpg")),
      [40, 120, 220].map((value) => shown(value / 255, 1)),
      4,
    );
    expect(notes).toHaveLength(1);
  });
});

describe("a profile that is made", () => {
  test("of sRGB's own numbers changes nothing", async () => {
    const pixels = { data: Uint8Array.of(0, 20, 128, 255, 7, 99), width: 2, height: 1, channels: 3, bits: 8 } as const;
    await writePicture(join(folder, "same.png"), { pixels, iccProfile: makeProfile("s", SRGB_CURVE, SRGB_PRIMARIES) });
    const { data } = await sharp(readFileSync(join(folder, "same.png")))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expectNear([...data], [...pixels.data], 1);
  });

  test("is known for linear or not, as those of others", () => {
    expect([linear, linearGray].map(isLinear)).toEqual([true, true]);
    expect(isLinear(makeProfile("g", [1.8], SRGB_PRIMARIES))).toBe(false);
    expect(isLinear(makeProfile("s", SRGB_CURVE))).toBe(false);
    const curve = (...entries: number[]) =>
      Buffer.from([
        ...Buffer.from("curv\0\0\0\0"),
        0,
        0,
        0,
        entries.length,
        ...entries.flatMap((e) => [e >> 8, e & 255]),
      ]);
    expect(isLinear(makeProfile("c", curve()))).toBe(true);
    expect(isLinear(makeProfile("c", curve(256)))).toBe(true);
    expect(isLinear(makeProfile("c", curve(563)))).toBe(false);
    for (let length = 0; length < linear.length; length += 7) isLinear(linear.subarray(0, length)); // cut off: no error
  });
});

test("Adobe RGB that Exif states becomes a profile, of gray ones for gray", async () => {
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 60, g: 160, b: 90 } } });
  const exif = (space: string, index: string) => ({
    IFD2: { ColorSpace: space },
    IFD4: { InteroperabilityIndex: index },
  });
  for (const [name, encodedImage] of [
    ["in.jpg", (words: ReturnType<typeof exif>) => image.clone().withExif(words).jpeg({ quality: 100 }).toBuffer()],
    ["in.webp", (words: ReturnType<typeof exif>) => image.clone().withExif(words).webp({ lossless: true }).toBuffer()],
  ] as const) {
    const { iccProfile } = await readPicture(file(name, await encodedImage(exif("65535", "R03"))));
    expect(profileSpace(iccProfile!), name).toBe("RGB ");
    expect((await readPicture(file(name, await encodedImage(exif("1", "R98"))))).iccProfile, name).toBeUndefined();
  }
  const gray = await image.toColourspace("b-w").withExif(exif("65535", "R03")).jpeg().toBuffer();
  expect(profileSpace((await readPicture(file("gray.jpg", gray))).iccProfile!)).toBe("GRAY");
});
