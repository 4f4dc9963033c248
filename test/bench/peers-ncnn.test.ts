// How realesrgan-ncnn-vulkan is called and judged, with scripts in its place and in that of this library's command line.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compareWithNcnn, NCNN, OURS } from "../../bench/peers/ncnn.js";
import { testPicture } from "../../bench/peers/page/picture.js";
import { readPicture, writePicture } from "../../src/node/index.js";

const SIZE = 6;
const BORDER = 10;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "peers-ncnn-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that notes how it was called, then does what `body` says; `output` is where its picture goes. */
function fakeProgram(name: string, body: string): string {
  const path = join(folder, name);
  const note = `fs.appendFileSync(${JSON.stringify(`${path}.calls`)}, JSON.stringify({
    args: process.argv.slice(2), icd: process.env.VK_ICD_FILENAMES, driver: process.env.VK_DRIVER_FILES,
    shaders: process.env.MESA_SHADER_CACHE_DIR }) + "\\n");`;
  const lines = [
    `#!${process.execPath}`,
    'const fs = require("node:fs");',
    note,
    'const output = process.argv[process.argv.indexOf("-o") + 1];',
    body,
  ];
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o755 });
  return path;
}

function callsOf(program: string): { args: string[]; icd?: string; driver?: string; shaders?: string }[] {
  if (!existsSync(`${program}.calls`)) return [];
  const lines = readFileSync(`${program}.calls`, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as { args: string[] });
}

async function picture(
  name: string,
  change: (value: number) => number = (value) => value,
  size = SIZE,
): Promise<string> {
  const path = join(folder, name);
  const data = testPicture(size).map(change);
  await writePicture(path, { pixels: { data, width: size, height: size, channels: 3, bits: 8 } });
  return path;
}

const copying = (path: string) => `fs.copyFileSync(${JSON.stringify(path)}, output);`;

/** What this library does: other pictures with and without the border that ncnn adds, of which the inner part is to be compared. */
async function ours(): Promise<string> {
  const plain = await picture("plain.png", (value) => 255 - value);
  const bordered = join(folder, "with-border.png");
  const size = SIZE + 2 * BORDER;
  const data = new Uint8Array(size * size * 3);
  testPicture(SIZE).forEach((value, i) => {
    const [x, y] = [Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE)];
    data[((y + BORDER) * size + x + BORDER) * 3 + (i % 3)] = value;
  });
  await writePicture(bordered, { pixels: { data, width: size, height: size, channels: 3, bits: 8 } });
  return `fs.copyFileSync(/bordered/.test(output) ? ${JSON.stringify(bordered)} : ${JSON.stringify(plain)}, output);`;
}

async function compare(oursBody: string, theirsBody: string, models?: string) {
  const ours = fakeProgram("ours", oursBody);
  const program = fakeProgram("realesrgan-ncnn-vulkan", theirsBody);
  const adapter = { name: "llvmpipe", driverFile: "/somewhere/lvp_icd.json" };
  const rows = await compareWithNcnn({ ours: [ours, "start"], program, models, adapter, size: SIZE, repeats: 2 });
  return { rows, ours, program };
}

describe("compareWithNcnn", () => {
  test("calls both on the same picture and driver, and times what follows the first run", async () => {
    const result = copying(await picture("result.png"));
    const { rows, ours: own, program } = await compare(await ours(), result);
    expect(rows.map(({ peer }) => peer)).toEqual([OURS, NCNN]);
    for (const row of rows) {
      expect(row).toMatchObject({ network: "anime-6b", adapter: "llvmpipe", firstMs: expect.any(Number) });
      expect(row.timesMs).toHaveLength(2);
      expect(row.failure).toBeUndefined();
    }
    expect(rows[1]!.difference).toBe(0);
    const [call] = callsOf(program);
    const [input, output] = [call!.args[1]!, call!.args[3]!];
    const models = join(folder, "models");
    expect(call!.args).toEqual(["-i", input, "-o", output, "-n", "realesrgan-x4plus-anime", "-m", models, "-s", "4"]);
    expect(callsOf(own)[0]!.args).toEqual([
      ...["start", input, "-o", expect.stringMatching(/\.png$/)],
      ...["-m", "anime-6b", "--adapter", "llvmpipe", "--precision", "f16", "--quiet"],
    ]);
    expect(callsOf(program)).toHaveLength(3);
    expect(callsOf(own)).toHaveLength(4); // one more, to compare
    const shaders = [own, program].flatMap(callsOf).map((each) => each.shaders);
    expect(new Set(shaders).size).toBe(1);
    expect(existsSync(shaders[0]!)).toBe(false); // a folder of this comparison alone
    for (const each of [own, program]) {
      for (const { icd, driver } of callsOf(each))
        expect([icd, driver]).toEqual(Array(2).fill("/somewhere/lvp_icd.json"));
    }
    expect(existsSync(input)).toBe(false);
  });

  test("gives the folder of models that was named", async () => {
    const result = copying(await picture("result.png"));
    const { program } = await compare(await ours(), result, "/the/models");
    expect(callsOf(program)[0]!.args).toContain("/the/models");
  });

  test("gives them the picture of that size", async () => {
    const kept = join(folder, "kept.png");
    const keep = `fs.copyFileSync(process.argv[process.argv.indexOf("-i") + 1], ${JSON.stringify(kept)});`;
    const result = copying(await picture("result.png"));
    await compare(await ours(), keep + result);
    const { pixels } = await readPicture(kept);
    expect(pixels).toMatchObject({ width: SIZE, height: SIZE, channels: 3, bits: 8 });
    expect([...pixels.data]).toEqual([...testPicture(SIZE)]);
  });

  test.each<[string, (make: typeof picture) => Promise<string> | string, RegExp]>([
    ["ends with an error", () => 'console.error("no device"); process.exit(255);', /ended with 255: no device/],
    ["ends well without a picture", () => 'console.error("fopen failed");', /no picture: fopen failed/],
    [
      "gives another picture",
      async (make) => copying(await make("b.png", (value) => 255 - value)),
      /dB away from ours/,
    ],
    ["gives another size", async (make) => copying(await make("b.png", (value) => value, 7)), /7x7, and ours 6x6/],
  ])("says so when ncnn %s", async (_, theirs, message) => {
    const { rows } = await compare(await ours(), await theirs(picture));
    expect(rows[0]!.failure).toBeUndefined();
    expect(rows[1]!.failure).toMatch(message);
  });

  test("allows for f16's rounding", async () => {
    const near = copying(await picture("near.png", (value) => Math.max(0, value - 2)));
    const { rows } = await compare(await ours(), near);
    expect(rows[1]).toMatchObject({ difference: 2 / 255 });
    expect(rows[1]!.failure).toBeUndefined();
  });

  test("says so when our own command fails, and does not blame the other", async () => {
    const result = copying(await picture("result.png"));
    const { rows } = await compare("process.exit(1);", result);
    expect(rows[0]!.failure).toMatch(/ended with 1/);
    expect(rows[1]!.failure).toBeUndefined();
    expect(rows[1]!.difference).toBeUndefined();
  });
});
