// The command with a stand-in for the network: many pictures in one go, what is left out or fails among them, and what the files say.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import sharp from "sharp";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { EsrganError } from "../../src/index.js";
import { runCommand } from "../../src/node/cli.js";
import { parseCommand } from "../../src/node/cli-arguments.js";
import type { Listener } from "../../src/node/messages.js";
import { subjectLabel } from "../../src/node/progress-bar.js";
import { readPicture } from "../../src/node/read-picture.js";
import { pngFile } from "./png.js";
import { Repeating } from "./repeating.js";

const home = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-run-"));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  process.chdir(folder);
});

const small = pngFile({ width: 2, height: 2, depth: 8, colourType: 0, samples: [0, 80, 160, 240] });

function put(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, small);
  }
}

/** All files, by their paths in the test's folder. */
const files = () =>
  readdirSync(".", { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(path).isFile())
    .map((path) => path.replaceAll(sep, "/"))
    .sort();

interface Ran {
  code: number;
  out: string[];
  err: string[];
  labels: Set<string>;
  temporaries: string[];
  /** What went to standard output as a picture. */
  piped: Uint8Array[];
  engine: Repeating | undefined;
}

async function run(
  words: string[],
  beforeRow?: ConstructorParameters<typeof Repeating>[2],
  piped: Iterable<Uint8Array> = [],
): Promise<Ran> {
  const ran: Ran = { code: -1, out: [], err: [], labels: new Set(), temporaries: [], piped: [], engine: undefined };
  const listener: Listener = {
    result: (line) => void ran.out.push(line.replaceAll(sep, "/")),
    note: (line) => void ran.err.push(line.replaceAll(sep, "/")),
    progress: (subject) => void ran.labels.add(subjectLabel(subject)),
    temporary: (path) => void ran.temporaries.push(path),
    standardInput: async function* () {
      yield* piped;
    },
    standardOutput: async (bytes) => void ran.piped.push(bytes),
  };
  ran.code = await runCommand(parseCommand(words), listener, async (model, options) => {
    ran.engine = new Repeating(options, options.scale ?? model.network.scale, beforeRow);
    return ran.engine;
  });
  expect(ran.engine?.isDestroyed ?? true).toBe(true);
  expect(files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  return ran;
}

const twice = "it was done twice";

describe("many pictures", () => {
  test("go into a folder in another format, of a quality that is asked for", async () => {
    put("p/a.png", "p/b.png", "out/other.png");
    const ran = await run(["p", "-o", "out", "--format", "jpeg", "--quality", "30"]);
    expect(ran).toMatchObject({ code: 0, out: ["out/a-4x.jpg", "out/b-4x.jpg"] });
    const low = statSync("out/a-4x.jpg").size;
    expect(await run(["p/a.png", "--format", "jpeg"])).toMatchObject({ code: 0, out: ["p/a-4x.jpg"] });
    expect(statSync("p/a-4x.jpg").size).toBeGreaterThan(low);
    expect((await sharp(readFileSync("p/a-4x.jpg")).metadata()).format).toBe("jpeg");
    const two = await run(["p/a.png", "-o", "x.webp", "--format", "jpeg"]);
    expect(two).toMatchObject({ code: 2, err: ["The output x.webp is a WebP by its ending, and --format says jpeg"] });
  });

  test("of which one has frames, and one too many pixels", async () => {
    const frames = [0, 255].map(
      (r) => ({ create: { width: 2, height: 2, channels: 3, background: { r, g: 0, b: 0 } } }) as const,
    );
    const pngs = await Promise.all(frames.map((each) => sharp(each).png().toBuffer()));
    writeFileSync(
      "moves.gif",
      await sharp(pngs, { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    const ran = await run(["moves.gif"]);
    expect(ran.code).toBe(0);
    expect(ran.err[0]).toBe("moves.gif: it has 2 frames or pages, of which the first is taken; --frame takes another");
    expect((await run(["moves.gif", "--frame", "2"])).err).toEqual([`moves.gif: ${twice}`]);
    expect((await readPicture("moves-4x.png")).pixels.data[0]).toBe(255);
    const many = await run(["moves.gif", "--max-pixels", "3"]);
    expect(many.code).toBe(1);
    expect(many.err.at(-1)).toMatch(
      /^The picture moves\.gif cannot be read: it has more than the 3 pixels allowed; --max-pixels/,
    );
  });

  test("of which one is an animated PNG, whose first frame alone can be read", async () => {
    const chunks = [["acTL", Buffer.of(0, 0, 0, 3, 0, 0, 0, 0)]] as const;
    writeFileSync("moves.png", pngFile({ width: 1, height: 1, depth: 8, colourType: 0, samples: [7], chunks }));
    expect((await run(["moves.png"])).err[0]).toBe("moves.png: it has 3 frames, of which only the first can be read");
    expect((await run(["moves.png", "--frame", "2"])).err[0]).toMatch(/of an animated PNG only the first frame can/);
  });

  test("of a folder and the folders in it, into another with the same folders", async () => {
    put("p/2.png", "p/10.png", "p/x/y/deep.png", "out/other.png");
    const ran = await run(["p", "-r", "-o", "out"]);
    expect(ran).toMatchObject({
      code: 0,
      out: ["out/2-4x.png", "out/10-4x.png", "out/x/y/deep-4x.png"],
      err: [`p/2.png: ${twice}`, "3 written"],
    });
    expect(ran.labels).toEqual(new Set(["1/3 2.png", "2/3 10.png", "3/3 deep.png"]));
    expect(ran.temporaries).toHaveLength(3);
    expect((await readPicture("out/x/y/deep-4x.png")).pixels).toMatchObject({ width: 8, height: 8, channels: 1 });
  });

  test("of a pattern, at another scale, quietly", async () => {
    put("a1.png", "a2.png", "b.png");
    expect(await run(["a*.png", "-s", "2", "-q"])).toMatchObject({ code: 0, out: [] });
    expect(files()).toEqual(["a1-2x.png", "a1.png", "a2-2x.png", "a2.png", "b.png"]);
  });

  test("the bad ones among them leave the others be, and are summed up", async () => {
    put("p/a.png", "p/c.png", "p/d.png");
    writeFileSync("p/b.png", "text");
    writeFileSync("p/e.png", small.subarray(0, 50));
    mkdirSync("p/c-4x.png"); // in the place of a result
    const { code, out, err } = await run(["p", "none*.png", "missing.png"]);
    expect({ code, out }).toEqual({ code: 1, out: ["p/a-4x.png", "p/d-4x.png"] });
    expect(err).toEqual([
      "No picture (PNG, JPEG, WebP, AVIF, TIFF or GIF) has a name like none*.png",
      `p/a.png: ${twice}`,
      expect.stringMatching(/^The picture p\/b\.png cannot be read: it is a text file/),
      expect.stringMatching(/^The output p\/c-4x\.png cannot be written: /),
      expect.stringMatching(/^The picture p\/e\.png cannot be read: it is cut off/),
      "The picture missing.png cannot be read: there is no such file",
      "2 written, 5 failed",
    ]);
  });

  test("go on after one that the device has no memory for, not after the device is lost", async () => {
    put("a.png", "b.png", "c.png", "d.png");
    const { code, out, err } = await run(["a.png", "b.png", "c.png", "d.png"], (picture, y) => {
      if (picture === 0 && y === 3) throw new EsrganError("out-of-memory", "There is no room");
      if (picture === 2) throw new EsrganError("device-lost", "The device was lost");
    });
    expect({ code, out }).toEqual({ code: 1, out: ["b-4x.png"] });
    expect(err.slice(1)).toEqual(["There is no room", "The device was lost", "1 written, 2 failed, 1 not tried"]);
    expect(files()).toEqual(["a.png", "b-4x.png", "b.png", "c.png", "d.png"]);
  });

  test("nothing found ends it", async () => {
    mkdirSync("p");
    expect(await run(["p"])).toMatchObject({
      code: 1,
      out: [],
      err: ["No picture (PNG, JPEG, WebP, AVIF, TIFF or GIF) is in the folder p"],
      engine: undefined,
    });
  });

  test("two results of one name are refused before anything is read", async () => {
    put("a.png", "a.jpg");
    const { code, err, engine } = await run(["a.png", "a.jpg"]);
    expect({ code, err }).toEqual({ code: 1, err: ["Both a.png and a.jpg would be written to a-4x.png"] });
    expect(engine).toBeUndefined();
  });

  test("a clash is named and costs the others nothing, and what is no picture is counted", async () => {
    put("p/a.jpg", "p/a.png", "p/b.png", "p/c.jfif");
    writeFileSync("p/notes.txt", "text");
    const { code, out, err } = await run(["p"]);
    expect({ code, out }).toEqual({ code: 1, out: ["p/b-4x.png", "p/c-4x.png"] });
    expect(err).toEqual([
      "Both p/a.jpg and p/a.png would be written to p/a-4x.png",
      `p/b.png: ${twice}`,
      "2 written, 2 failed, 1 left out",
    ]);
    expect((await run(["p/b.png", "-q"])).err).toEqual([`p/b.png: ${twice}`]);
    put("q/a.png");
    writeFileSync("q/c", "text");
    expect((await run(["q"])).err.at(-1)).toBe("1 written, 1 left out");
  });

  test("one that fails as nobody thought of leaves the others be", async () => {
    put("a.png", "b.png");
    const { code, out, err } = await run(["a.png", "b.png"], (picture) => {
      if (picture === 0) throw new TypeError("x is\n  undefined");
    });
    expect({ code, out }).toEqual({ code: 1, out: ["b-4x.png"] });
    expect(err.slice(1)).toEqual(["Something went wrong that should not have: x is undefined", "1 written, 1 failed"]);
  });
});

describe.skipIf(process.platform === "win32")("names", () => {
  const odd = "a\n\x1b[31m\u009b\u202e  b.png";
  const shown = String.raw`a\n\x1b[31m\x9b\u202e  b`;

  test("are shown on one line, with escapes for what a terminal would act on", async () => {
    put(odd);
    const { out, err, labels } = await run([odd, "c\x1b.png"]);
    expect(out).toEqual([`${shown}-4x.png`]);
    expect(labels).toEqual(new Set([`1/2 ${shown}.png`]));
    expect(err).toEqual([
      `${shown}.png: ${twice}`,
      String.raw`The picture c\x1b.png cannot be read: there is no such file`,
      "1 written, 1 failed",
    ]);
    expect((await run([odd, "-o", "x.gif"])).err).toEqual([expect.stringMatching(/^The output x\.gif ends in/)]);
    expect((await run([odd, "-o", "y\x1b/"])).err).toEqual([
      String.raw`The folder y\x1b/ does not exist; --mkdir makes it`,
    ]);
  });

  test("are whole in JSON, and with --print0", async () => {
    put(odd);
    const { out } = await run([odd, "--json"]);
    expect(out[0]).toMatch(/^[ -~]*$/);
    expect(JSON.parse(out[0]!)).toMatchObject({ input: odd, output: odd.replace(".png", "-4x.png") });
    expect((await run(["--plan", odd])).out[0]).toMatch(/^[\n -~]*$/);
    expect((await run([odd, "--print0"])).out).toEqual([odd.replace(".png", "-4x.png")]);
  });
});

describe("standard input and output", () => {
  test("are a picture's file, in the format that is asked for, and nothing else is printed", async () => {
    const parts = [small.subarray(0, 20), small.subarray(20)];
    const ran = await run(["-", "--format", "webp"], undefined, parts);
    expect(ran).toMatchObject({ code: 0, out: [], temporaries: [] });
    expect(await sharp(Buffer.concat(ran.piped)).metadata()).toMatchObject({ format: "webp", width: 8 });
    put("a.png");
    const png = await run(["a.png", "-o", "-", "-s", "2"]);
    expect({ out: png.out, files: files() }).toEqual({ out: [], files: ["a.png"] });
    expect((await readPicture({ name: "piped", bytes: Buffer.concat(png.piped) })).pixels.width).toBe(4);
  });

  test("come and go among files: into a folder, and planned", async () => {
    mkdirSync("out");
    put("a.png");
    expect(await run(["-", "a.png", "-o", "out", "--resume"], undefined, [small])).toMatchObject({
      code: 0,
      out: ["out/stdin-4x.png", "out/a-4x.png"],
    });
    expect(JSON.parse((await run(["-", "--plan"], undefined, [small])).out[0]!)).toMatchObject({ inputWidth: 2 });
  });

  test.each([
    [["-"], [], 1, /^The picture - cannot be read: it is empty$/],
    [["-"], [Buffer.from("text")], 1, /^The picture - cannot be read: it is a text file; give a picture$/],
    [["-", "a.png"], [small], 2, /^The output standard output is one file for 2 inputs, which need a folder$/],
    [["-", "--name", "{stem}"], [small], 2, /^The output standard output is a file, and --name is for results/],
  ] as const)("%j of %j", async (words, piped, code, message) => {
    put("a.png");
    const ran = await run([...words], undefined, piped);
    expect(ran).toMatchObject({ code, out: [], piped: [], err: [expect.stringMatching(message)] });
  });
});

test("standard input that is no picture and never ends is refused at its beginning", async () => {
  let taken = 0;
  const zeros = (function* () {
    for (; taken < 100; taken++) yield new Uint8Array(100);
  })();
  expect((await run(["-"], undefined, zeros)).err).toEqual([
    "The picture on standard input cannot be read: it is no picture of a kind that is read (PNG, JPEG, WebP, AVIF, TIFF or GIF)",
  ]);
  expect(taken).toBeLessThan(10);
});

describe("where results go", () => {
  test("by a template, into folders that are made", async () => {
    put("p/a.png", "p/x/b.png");
    const words = ["p", "-r", "-o", "new/out", "--mkdir", "--name", "{stem}_{scale}x_{model}", "--format", "jpeg"];
    expect(await run(words)).toMatchObject({
      code: 0,
      out: ["new/out/a_4x_general-x4v3.jpg", "new/out/x/b_4x_general-x4v3.jpg"],
    });
    expect(await run(["p/a.png", "-o", "one/more/x.png", "--mkdir"])).toMatchObject({ code: 0 });
    expect((await run(["p/a.png", "-o", "two/", "--mkdir"])).out).toEqual(["two/a-4x.png"]);
  });

  test("which has to tell them apart, and is no file's name", async () => {
    put("p/a.png", "p/b.png");
    expect((await run(["p", "--name", "x"])).err).toEqual(["Both p/a.png and p/b.png would be written to p/x.png"]);
    const { code, err } = await run(["p/a.png", "-o", "x.png", "--name", "{stem}"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: ["The output x.png is a file, and --name is for results that -o does not name"],
    });
    writeFileSync("file", "");
    expect((await run(["p/a.png", "-o", "file/out/", "--mkdir"])).err[0]).toMatch(/^The output file\/out\/ cannot be/);
  });
});

test("failures are reported as JSON too", async () => {
  put("a.png", "c.png");
  writeFileSync("b.png", "text");
  const { out, err } = await run(["a.png", "b.png", "c.png", "no*.png", "--json"], (picture) => {
    if (picture === 1) throw new TypeError("spoilt");
  });
  expect(out.map((line) => JSON.parse(line))).toMatchObject([
    { error: { code: "bad-input", message: expect.stringMatching(/^No picture .* has a name like no\*\.png$/) } },
    { input: "a.png", output: "a-4x.png", width: 8 },
    { input: "b.png", output: "b-4x.png", error: { code: "bad-input", message: err[2] } },
    { input: "c.png", error: { code: "internal", message: err[3] } },
  ]);
});

describe("resuming", () => {
  test("does what is not there, is older than the picture or no file, and the next time nothing", async () => {
    put("p/done.png", "p/done-4x.png", "p/new.png", "p/old.png", "p/old-4x.png");
    const set = (name: string, seconds: number) => utimesSync(name, seconds, seconds);
    for (const name of ["p/done.png", "p/new.png", "p/old-4x.png"]) set(name, 1000);
    for (const name of ["p/done-4x.png", "p/old.png"]) set(name, 2000);
    const ran = await run(["p", "--resume"]);
    expect(ran).toMatchObject({ code: 0, out: ["p/new-4x.png", "p/old-4x.png"] });
    expect(ran.err.at(-1)).toBe("2 written, 1 skipped");
    expect(readFileSync("p/done-4x.png").equals(small)).toBe(true);

    const again = await run(["p", "--resume"]);
    expect(again).toMatchObject({ code: 0, out: [], err: ["0 written, 3 skipped"], engine: undefined });
    expect(await run(["p/new.png", "--resume"])).toMatchObject({
      err: ["p/new-4x.png is there and newer than p/new.png, which is left out"],
    });
    expect((await run(["p/new.png", "--resume", "--json"])).out.map((line) => JSON.parse(line))).toEqual([
      { input: "p/new.png", output: "p/new-4x.png", skipped: true },
    ]);
  });
});

describe("what is asked", () => {
  test("reaches the engine, and reports tell of it", async () => {
    put("a.png");
    const words = "-s 2 --tile 64,8 --memory 64M --alpha network --tta --tileable --precision f16 --json".split(" ");
    const { out, engine } = await run(["a.png", ...words]);
    expect(engine?.options).toMatchObject({
      scale: 2,
      tile: { size: 64, overlap: 8 },
      memoryBudget: 2 ** 26,
      alpha: "network",
      tta: true,
      tileable: true,
      precision: "f16",
    });
    expect(JSON.parse(out[0]!)).toMatchObject({
      output: "a-2x.png",
      model: "repeating",
      width: 4,
      height: 4,
      tiles: 1,
    });
  });

  test("a plan is of the picture's own kind, and writes nothing", async () => {
    writeFileSync("a.png", pngFile({ width: 1, height: 2, depth: 16, colourType: 6, samples: Array(8).fill(9) }));
    put("b.png");
    const { code, out } = await run(["--plan", "a.png", "b.png", "-s", "3"]);
    expect(code).toBe(0);
    expect(out.map((line) => JSON.parse(line))).toMatchObject([
      { inputWidth: 1, inputHeight: 2, scale: 3, width: 3, height: 6, reason: "4 of 16" },
      { inputWidth: 2, scale: 3, reason: "1 of 8" },
    ]);
    expect(files()).toEqual(["a.png", "b.png"]);
  });
});

describe("the files", () => {
  test("keep 16 bits, the profile and the right way up, and say what made them", async () => {
    const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
    const samples = Array.from({ length: 18 }, (_, i) => i * 3001 + 7);
    const plain = pngFile({ width: 3, height: 2, depth: 16, colourType: 2, samples });
    writeFileSync("deep.png", await sharp(plain).toColourspace("rgb16").withIccProfile("p3").png().toBuffer());
    const before = await readPicture("deep.png");
    await run(["deep.png", "-s", "2"]);
    const after = await readPicture("deep-2x.png");
    expect(after.pixels).toMatchObject({ width: 6, height: 4, channels: 3, bits: 16 });
    expect(new Set(after.pixels.data)).toEqual(new Set(before.pixels.data));
    expect([...before.pixels.data].some((value) => value % 257 !== 0)).toBe(true);
    expect(Buffer.compare(Buffer.from(after.iccProfile!), Buffer.from(before.iccProfile!))).toBe(0);
    const text = (await sharp("deep-2x.png").metadata()).comments;
    expect(text).toEqual([{ keyword: "Software", text: `esrgan-webgpu ${version}, general-x4v3` }]);

    const tall = sharp({ create: { width: 9, height: 3, channels: 3, background: "red" } });
    writeFileSync("turned.jpg", await tall.withMetadata({ orientation: 6 }).jpeg().toBuffer());
    for (const name of ["r.jpg", "r.webp", "r.png"]) {
      await run(["turned.jpg", "-o", name]);
      const { width, height, orientation, exif } = await sharp(name).metadata();
      expect({ width, height, orientation }).toEqual({ width: 12, height: 36, orientation: 1 });
      expect(exif?.toString("latin1")).toContain(`esrgan-webgpu ${version}, general-x4v3\0`);
    }
  });

  test("are not there where the disk is full, and the next one is", async () => {
    put("a.png", "b.png");
    const handle = await open("a.png");
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    let isFull = true;
    const original = prototype.writeFile;
    const writeFile = vi.spyOn(prototype, "writeFile").mockImplementation(async function (this: FileHandle, ...words) {
      if (!isFull) return original.apply(this, words);
      isFull = false;
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    });
    const { code, out, err } = await run(["a.png", "b.png", "-q"]).finally(() => writeFile.mockRestore());
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err.at(-1)).toBe("The output a-4x.png cannot be written: the disk is full");
    expect(files()).toEqual(["a.png", "b-4x.png", "b.png"]);
  });
});
