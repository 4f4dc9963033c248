// The command with --watch and a stand-in for the network: what is taken when, and what is left.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EsrganError } from "../../src/index.js";
import { runCommand } from "../../src/node/cli.js";
import { parseCommand } from "../../src/node/cli-arguments.js";
import { readPicture } from "../../src/node/read-picture.js";
import { pngFile } from "./png.js";
import { Repeating } from "./repeating.js";

const small = pngFile({ width: 2, height: 2, depth: 8, colourType: 0, samples: [0, 80, 160, 240] });
const other = pngFile({ width: 1, height: 1, depth: 8, colourType: 0, samples: [7] });

let folder: string;
let stop: AbortController;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-watch-"));
  stop = new AbortController();
  mkdirSync(at("in/deep"), { recursive: true });
  mkdirSync(at("out"));
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
});

function watch(words: string[] = [], beforeRow?: (run: number, y: number) => unknown) {
  const [out, err]: [string[], string[]] = [[], []];
  let engine: Repeating | undefined;
  const ended = runCommand(
    parseCommand(["--watch", at("in"), "-o", at("out"), ...words]),
    {
      result: (line) => void out.push(line.slice(folder.length + 1)),
      note: (line) => void (line.endsWith("it was done twice") || err.push(line.replaceAll(`${folder}/`, ""))),
      progress: () => {},
      temporary: () => {},
      standardInput: async function* () {},
      standardOutput: async () => {},
      signal: stop.signal,
    },
    async (_, options) => {
      engine = new Repeating(options, 4, beforeRow);
      return engine;
    },
  );
  return { out, err, ended, isClosed: () => engine?.isDestroyed };
}

const soon = { timeout: 20_000, interval: 50 };

test("needs another folder for the results, by whatever name", async () => {
  symlinkSync(at("in"), at("link"), "dir");
  for (const name of ["in", "link"]) {
    const { err, ended } = watch(["-o", at(name)]);
    expect(await ended).toBe(1);
    expect(err).toEqual(["The folder in is watched, and its results need another"]);
  }
});

test("pictures are taken as they come, once they are whole, and again when they change", async () => {
  writeFileSync(at("in/a.png"), small);
  const { out, err, ended, isClosed } = watch(["-r"]);
  await expect.poll(() => out, soon).toEqual(["out/a-4x.png"]);

  writeFileSync(at("in/b.png"), small.subarray(0, 30)); // grows while it is looked at
  for (let end = 31; end <= small.length; end += 8) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    writeFileSync(at("in/b.png"), small.subarray(0, Math.min(end + 7, small.length)));
  }
  await expect.poll(() => out, soon).toEqual(["out/a-4x.png", "out/b-4x.png"]);
  expect(err).toEqual([]);

  writeFileSync(at("moved.png"), small);
  renameSync(at("moved.png"), at("in/deep/c.png"));
  await expect.poll(() => out.at(-1), soon).toBe("out/deep/c-4x.png");
  writeFileSync(at("in/a.png"), other);
  await expect.poll(() => out.length, soon).toBe(4);
  expect((await readPicture(at("out/a-4x.png"))).pixels.width).toBe(4);

  stop.abort();
  expect(await ended).toBe(0);
  expect(isClosed()).toBe(true);
  expect(readdirSync(at("out")).sort()).toEqual(["a-4x.png", "b-4x.png", "deep"]);
});

test("what is done is left out, and what fails until it changes", async () => {
  writeFileSync(at("in/a.png"), small);
  const first = watch();
  await expect.poll(() => first.out, soon).toEqual(["out/a-4x.png"]);
  stop.abort();
  await first.ended;
  stop = new AbortController();
  writeFileSync(at("in/b.png"), "text");
  const second = watch();
  await expect
    .poll(() => second.err, soon)
    .toEqual([expect.stringMatching(/^The picture in\/b\.png cannot be read: /)]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect({ out: second.out, err: second.err.length }).toEqual({ out: [], err: 1 });
  writeFileSync(at("in/b.png"), small);
  await expect.poll(() => second.out, soon).toEqual(["out/b-4x.png"]);
  appendFileSync(at("in/notes.txt"), "no picture");
});

test("a folder that goes is named once, and watched again once it is back", async () => {
  const { out, err } = watch();
  await new Promise((resolve) => setTimeout(resolve, 100)); // it has looked
  renameSync(at("in"), at("away"));
  const gone = ["The folder in is no longer there; it is watched again once it is"];
  await expect.poll(() => err, soon).toEqual(gone);
  writeFileSync(at("away/a.png"), small);
  renameSync(at("away"), at("in"));
  await expect.poll(() => out, soon).toEqual(["out/a-4x.png"]);
  expect(err).toEqual(gone);
});

test("it ends where no other picture would go well, or there is no folder", async () => {
  writeFileSync(at("in/a.png"), small);
  const lost = watch([], () => {
    throw new EsrganError("device-lost", "The device was lost");
  });
  expect(await lost.ended).toBe(1);
  expect(lost.err).toEqual([
    "The device was lost",
    "The folder is watched no longer, as no other picture would go well",
  ]);
  rmSync(at("in"), { recursive: true });
  const none = watch();
  expect(await none.ended).toBe(1);
  expect(none.err).toEqual(["The input in is no folder, and --watch is for folders"]);
  expect(existsSync(at("out/a-4x.png"))).toBe(false);
});
