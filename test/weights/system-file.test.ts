// Models by path and by file: URL, where the platform has files.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { loadModel } from "../../src/models/bundled.js";
import { findModel } from "../../src/node/find-model.js";
import { compactWeights } from "../cases/networks.js";
import { serializeSafetensors } from "./safetensors-file.js";

const FILE = serializeSafetensors(compactWeights({ scale: 2 }));
const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-model-"));
const at = (name: string) => join(folder, name);
let socket: Server;

beforeAll(async () => {
  writeFileSync(at("a b.safetensors"), FILE);
  writeFileSync(at("plain"), FILE);
  writeFileSync(at("empty.safetensors"), "");
  writeFileSync(at("huge.safetensors"), "");
  truncateSync(at("huge.safetensors"), 2 ** 31 + 1);
  writeFileSync(at("lfs-pointer.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  socket = createServer().listen(at("socket"));
  await new Promise((resolve) => socket.once("listening", resolve));
});

afterAll(() => {
  socket.close();
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("loadModel", () => {
  it.each([
    ["a path", at("a b.safetensors")],
    ["a relative path", relative(process.cwd(), at("a b.safetensors"))],
    ["a file: URL", pathToFileURL(at("a b.safetensors"))],
    ["the text of a file: URL", pathToFileURL(at("a b.safetensors")).href],
  ])("reads %s", async (_, source) => {
    const seen: unknown[] = [];
    const model = await loadModel(source, { onProgress: (progress) => seen.push(progress) });
    expect(model).toMatchObject({ name: "a b", byteLength: FILE.length });
    expect(seen.at(-1)).toEqual({ loaded: FILE.length, total: FILE.length });
  });

  it.each([
    ["a file that is not there", "none.safetensors", "bad-input", /cannot be read: there is no such file$/],
    ["a folder", ".", "bad-input", /cannot be read: it is a folder, expected a file$/],
    ["a socket", "socket", "bad-input", /cannot be read: it is a device, expected a file$/],
    ["an empty file", "empty.safetensors", "bad-weights", /is empty, expected/],
    [
      "a file too large for a model",
      "huge.safetensors",
      "bad-input",
      /has 2147483649 bytes, expected at most 2147483648$/,
    ],
    ["a pointer of Git LFS", "lfs-pointer.safetensors", "bad-weights", /is a Git LFS pointer, /],
  ])("refuses %s", async (_, name, code, message) => {
    const path = `${folder}/${name}`;
    await expect(loadModel(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(loadModel(path)).rejects.toThrow(`The model file ${path} `);
  });

  it.runIf(process.platform !== "win32")("refuses devices and pipes at once", async () => {
    execFileSync("mkfifo", [at("pipe.safetensors")]);
    await expect(loadModel(at("pipe.safetensors"))).rejects.toThrow("it is a pipe, expected a file");
    await expect(loadModel("/dev/zero")).rejects.toThrow("it is a device, expected a file");
    await expect(findModel([{ name: "/dev/zero", weight: 1 }])).rejects.toMatchObject({
      message: "The model file /dev/zero cannot be read: it is a device, expected a file",
    });
  });

  it("stops with the signal's reason", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const options = { signal: stop.signal, onProgress: () => stop.abort(reason) };
    await expect(loadModel(at("a b.safetensors"), options)).rejects.toBe(reason);
  });

  it("checks the SHA-256", async () => {
    await expect(loadModel(at("a b.safetensors"), { sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "bad-weights",
      message: expect.stringMatching(/^The model file \/.* has the SHA-256 [\da-f]{64}, expected 0{64}$/),
    });
  });

  it("takes a relative address for a URL in a page, and a path that looks like a scheme too", async () => {
    vi.stubGlobal("location", { href: "http://localhost/app/" });
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: URL) => {
      asked.push(url.href);
      return new Response(FILE.slice());
    });
    expect(await loadModel("models/x.safetensors")).toMatchObject({ name: "x" });
    expect(asked).toEqual(["http://localhost/app/models/x.safetensors"]);
  });

  it("says so where there is neither a page nor a file system", async () => {
    vi.stubGlobal("process", undefined);
    const loading = loadModel("models/x.safetensors");
    vi.unstubAllGlobals();
    await expect(loading).rejects.toMatchObject({
      code: "bad-input",
      message: '"models/x.safetensors" is no URL of a model',
    });
  });
});

describe("findModel", () => {
  it("takes a path with and without an ending, and says what is no model", async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await findModel([{ name: "plain", weight: 1 }])).toMatchObject({ name: "plain", byteLength: FILE.length });
      expect(await findModel([{ name: "a b.safetensors", weight: 1 }])).toMatchObject({ byteLength: FILE.length });
      await expect(findModel([{ name: "best", weight: 1 }])).rejects.toMatchObject({
        code: "unsupported-model",
        message: expect.stringMatching(
          /^There is no model named best \(there are general-x4v3, anime-6b, x4plus, .*\), nor a file of that name$/,
        ),
      });
      // Never fetched: the command line reads files.
      await expect(findModel([{ name: "https://localhost/a.safetensors", weight: 1 }])).rejects.toThrow(/nor a file/);
    } finally {
      process.chdir(before);
    }
  });
});
