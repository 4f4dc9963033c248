// The folders that quality is measured on: which files count, what they are called, and .bmp files against the same pixels.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBmp } from "../../bench/quality/bmp.js";
import { pictureSet } from "../../bench/quality/picture-set.js";
import { publishedOf } from "../../bench/quality/published.js";

interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 24 | 32;
  /** Whether its rows go downwards. */
  readonly isDown?: boolean;
  readonly palette?: readonly (readonly [red: number, green: number, blue: number])[];
  readonly compression?: number;
}

/** A .bmp file whose byte number i of row y, from the top, is `byteAt(y, i)`. */
function bmp(bitmap: Bitmap, byteAt: (y: number, i: number) => number): Uint8Array {
  const { width, height, bits, isDown = false, palette = [], compression = 0 } = bitmap;
  const start = 54 + 4 * palette.length;
  const rowBytes = 4 * Math.ceil((width * bits) / 32);
  const bytes = new Uint8Array(start + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, isDown ? -height : height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, palette.length, true);
  palette.forEach(([red, green, blue], i) => {
    bytes.set([blue, green, red], 54 + 4 * i);
  });
  for (let y = 0; y < height; y++) {
    const row = start + rowBytes * (isDown ? y : height - 1 - y);
    for (let i = 0; i < (width * bits) / 8; i++) bytes[row + i] = byteAt(y, i);
  }
  return bytes;
}

const GRAYS = Array.from({ length: 256 }, (_, i) => [i, i, i] as const);

describe("a .bmp file", () => {
  // Byte i of row y is 30 y + i: blue, green, red.
  const rows = [
    [2, 1, 0, 5, 4, 3, 8, 7, 6],
    [32, 31, 30, 35, 34, 33, 38, 37, 36],
  ];
  it.each([false, true])("of 24 bits, downwards: %s", (isDown) => {
    const file = bmp({ width: 3, height: 2, bits: 24, isDown }, (y, i) => 30 * y + i);
    expect(readBmp(file, "a.bmp")).toEqual({
      width: 3,
      height: 2,
      channels: 3,
      bits: 8,
      data: Uint8Array.from(rows.flat()),
    });
  });

  it("of 32 bits, whose fourth byte is left out", () => {
    const file = bmp({ width: 2, height: 1, bits: 32 }, (_, i) => i);
    expect([...readBmp(file, "a.bmp").data]).toEqual([2, 1, 0, 6, 5, 4]);
  });

  it("of gray, as its palette is", () => {
    const file = bmp({ width: 3, height: 2, bits: 8, palette: GRAYS }, (y, i) => 100 * y + i);
    expect(readBmp(file, "a.bmp")).toMatchObject({ channels: 1, data: Uint8Array.of(0, 1, 2, 100, 101, 102) });
  });

  it("of colours in a palette", () => {
    const palette = [
      [1, 2, 3],
      [4, 5, 6],
    ] as const;
    const file = bmp({ width: 3, height: 1, bits: 8, palette }, (_, i) => i % 2);
    expect([...readBmp(file, "a.bmp").data]).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3]);
    expect(() =>
      readBmp(
        bmp({ width: 1, height: 1, bits: 8, palette }, () => 2),
        "a.bmp",
      ),
    ).toThrow("a.bmp cannot be read: a pixel has a colour beyond its palette");
  });

  const sound = bmp({ width: 3, height: 2, bits: 24 }, () => 0);
  it.each([
    ["no bitmap", Uint8Array.from({ length: 80 }, (_, i) => i), "it is no .bmp file"],
    ["a few bytes of one", sound.subarray(0, 30), "it is no .bmp file"],
    ["one that is cut off", sound.subarray(0, sound.length - 1), "it is cut off"],
    [
      "a compressed one",
      bmp({ width: 3, height: 2, bits: 8, compression: 1 }, () => 0),
      "only .bmp files without compression, of 8, 24 or 32 bits, are",
    ],
    ["one without pixels", bmp({ width: 0, height: 2, bits: 24 }, () => 0), "it has 0x2 pixels"],
  ])("that is %s is refused", (_, bytes, why) => {
    expect(() => readBmp(bytes, "a.bmp")).toThrow(
      expect.objectContaining({ code: "bad-input", message: `a.bmp cannot be read: ${why}` }),
    );
  });
});

describe("a folder", () => {
  let root: string;
  const put = (...path: string[]) => {
    const file = join(root, ...path);
    mkdirSync(join(file, ".."), { recursive: true });
    if (file.endsWith(".bmp"))
      writeFileSync(
        file,
        bmp({ width: 2, height: 1, bits: 24 }, (_, i) => i),
      );
    else if (file.endsWith(".png")) copyFileSync(join(import.meta.dirname, "../golden/tiny-37x23.png"), file);
    else writeFileSync(file, "");
  };
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "picture-set-"));
    put("Set5", "GTmod12", "baby.png");
    put("Set5", "GTmod12", "bird.png");
    put("Set5", "LRbicx4", "baby.png");
    put("Set14", "comic_GT.bmp");
    put("Set14", "img_010_SRF_4_HR.png");
    put("Set14", "img_002_SRF_4_HR.png");
    put("Set14", "img_002_SRF_4_LR.png");
    put("small", "a_LR.png");
    put("none", "readme.txt");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const named = (...path: string[]) => {
    const { name, pictures } = pictureSet(join(root, ...path));
    return [name, ...pictures.map((each) => each.name)];
  };

  it("of large pictures lends its set's name", () => {
    expect(named("Set5", "GTmod12")).toEqual(["Set5", "baby", "bird"]);
    expect(named("Set5")).toEqual(["Set5", "baby", "bird"]);
  });

  it("may hold .bmp files, and small pictures that do not count", () => {
    expect(named("Set14")).toEqual(["Set14", "comic", "img_002", "img_010"]);
  });

  it("gives its pictures' pixels", async () => {
    const [comic, photo] = pictureSet(join(root, "Set14")).pictures;
    expect([...(await comic!.read()).data]).toEqual([2, 1, 0, 5, 4, 3]);
    expect(await photo!.read()).toMatchObject({ width: 37, height: 23 });
  });

  it.each([
    ["none", /^No picture \(.*\) is in the folder .*none$/],
    ["nowhere", /^There is no file or folder .*nowhere$/],
    ["small", /^Only small pictures \(_LR\) are in the folder .*small$/],
  ])("%s is refused", (folder, message) => {
    expect(() => pictureSet(join(root, folder))).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) }),
    );
  });
});

it("weights are known by the names of EDSR-PyTorch's and BasicSR's files", () => {
  expect(publishedOf("edsr_x2-0edfb8a3")?.psnr).toEqual({ Set5: 38.11, Set14: 33.92 });
  expect(publishedOf("EDSR_Lx4_f256b32_DIV2K_official-76ee1c8f")?.psnr).toEqual({ Set5: 32.46, Set14: 28.8 });
  expect(publishedOf("edsr_baseline_x2-1bc95232")).toBeUndefined();
});
