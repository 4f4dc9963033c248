// The built command between pipes: pictures on standard input and output, and progress as lines of JSON.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../cases/random.js";
import { build } from "./own-process.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "dist/node/bin.js");

let folder: string;
let picture: Buffer;
beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-pipes-"));
  const random = seededRandom(9); // noise: the result is longer than a pipe holds
  const data = Uint8Array.from({ length: 64 * 48 * 3 }, () => random() >>> 24);
  picture = await sharp(data, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toBuffer();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command with these bytes piped in. */
async function run(words: string[], input: Buffer): Promise<{ code: number | null; out: Buffer; err: string }> {
  const child = spawn(process.execPath, [bin, ...words, "--backend", "cpu"], { cwd: folder });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => err.push(bytes));
  child.stdin.on("error", () => {}).end(input);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out: Buffer.concat(out), err: Buffer.concat(err).toString() };
}

test("a picture goes through pipes, longer than they hold", async () => {
  const { code, out, err } = await run(["-"], picture);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(await sharp(out).metadata()).toMatchObject({ format: "png", width: 256, height: 192 });
  expect(out.length).toBeGreaterThan(2 ** 16);
  await run(["-", "-o", "file.png"], picture);
  expect(readFileSync(join(folder, "file.png")).equals(out)).toBe(true);
  rmSync(join(folder, "file.png"));
  expect(readdirSync(folder)).toEqual([]);
});

test("progress and notes are lines of JSON", async () => {
  const { code, out, err } = await run(["-", "missing.png", "-o", ".", "--progress", "json"], picture);
  expect({ code, out: out.toString() }).toEqual({ code: 1, out: "stdin-4x.png\n" });
  const lines = err
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const progress = lines.filter(({ event }) => event === "progress");
  expect(progress.at(-1)).toMatchObject({ input: "-", index: 1, count: 2 });
  expect(progress.at(-1).done).toBe(progress.at(-1).total);
  expect(lines.filter(({ event }) => event === "note").map(({ message }) => message)).toEqual([
    "The picture missing.png cannot be read: there is no such file",
    "1 written, 1 failed",
  ]);
  rmSync(join(folder, "stdin-4x.png"));
});

test("a reader that goes away ends it with a sentence", async () => {
  const child = spawn("sh", ["-c", '"$0" "$1" - --backend cpu | head -c 8 > head', process.execPath, bin], {
    cwd: folder,
  });
  let err = "";
  child.stderr.on("data", (bytes: Buffer) => {
    err += bytes;
  });
  child.stdin.end(picture);
  await new Promise((resolve) => child.on("close", resolve));
  expect(err).toMatch(/^esrgan-webgpu: The output - cannot be written: whoever read it has gone\n$/);
});

test.runIf(process.platform === "linux")(
  "a folder is no picture, and a full disk takes no names: a sentence each",
  () => {
    writeFileSync(join(folder, "in.png"), picture);
    const said = (words: string) =>
      spawnSync("sh", ["-c", `"$0" "$1" --backend cpu -m bicubic ${words}`, process.execPath, bin], { cwd: folder });
    const full = said("in.png > /dev/full");
    expect(full.stderr.toString()).toBe("esrgan-webgpu: Standard output cannot be written: the disk is full\n");
    expect(full.status).toBe(1);
    const isFolder = said("- -o x.png < .");
    expect(isFolder.stderr.toString()).toMatch(/^esrgan-webgpu: Standard input is a folder; name the folder [^\n]*\n$/);
    expect(isFolder.status).toBe(2);
  },
);

test.runIf(process.platform === "linux")("a terminal is neither", () => {
  // script(1) has a terminal for the command.
  const inTerminal = (words: string) =>
    execFileSync("script", ["-qec", `"${process.execPath}" "${bin}" ${words} || true`, "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
    });
  expect(inTerminal("- -o x.png")).toMatch(/^esrgan-webgpu: Standard input is a terminal; pipe a picture [^\n]*\r\n$/);
  expect(inTerminal("x.png -o -")).toMatch(/^esrgan-webgpu: Standard output is a terminal; pipe the [^\n]*\r\n$/);
});
