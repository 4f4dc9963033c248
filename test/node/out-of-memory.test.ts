// Lack of memory is told from other reasons: by what those who run short of it say, and in real processes that may have little.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EsrganError } from "../../src/index.js";
import { saysOutOfMemory } from "../../src/node/memory-words.js";
import { isAboutMemory } from "../../src/node/out-of-memory.js";
import { build } from "./own-process.js";
import { pngFile } from "./png.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  "ERR_DLOPEN_FAILED: libvips-cpp.so.8.18.7: failed to map segment from shared object",
  "glib: Error creating thread: Resource temporarily unavailable",
  "# Fatal process OOM in Failed to reserve virtual memory for CodeRange",
  "  what():  std::bad_alloc",
  "Array buffer allocation failed",
  "vips_malloc: out of memory --- size == 128MB",
  "VipsJpeg: Insufficient memory (case 4)",
  "spawn ENOMEM",
  "vkCreateInstance failed with VK_ERROR_OUT_OF_HOST_MEMORY",
  "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
])("is meant by: %s", (said) => {
  expect(saysOutOfMemory(said)).toBe(true);
  expect(isAboutMemory(new EsrganError("bad-input", "x", { cause: new Error(said) }))).toBe(true);
});

test.each([
  "VipsJpeg: premature end of JPEG image",
  "Cannot find module 'sharp'",
  "pngload_buffer: libspng read error",
  "no suitable backends found",
])("is not meant by: %s", (said) => {
  expect(saysOutOfMemory(said)).toBe(false);
  expect(isAboutMemory(new Error(said))).toBe(false);
});

describe.runIf(process.platform === "linux")("a command that may have little memory", () => {
  beforeAll(() => {
    build();
    const samples = [0, 80, 160, 240];
    writeFileSync(join(folder, "small.png"), pngFile({ width: 2, height: 2, depth: 8, colourType: 0, samples }));
  });

  /** What it says in so many KiB of addresses; "" where they are enough. */
  function run(kibibytes: number, words: string[]): Promise<string> {
    const script = `ulimit -v ${kibibytes}; exec "$@"`;
    const command = [process.execPath, join(root, "dist/node/bin.js"), "small.png", "-q", "-o", "x.png", ...words];
    return new Promise((resolve) => {
      execFile("sh", ["-c", script, "sh", ...command], { cwd: folder }, (error, _, said) => resolve(error ? said : ""));
    });
  }

  // How much is enough for what differs between machines: from one where Node just starts to one where drivers do.
  test.each(["cpu", "gpu"])("says so: %s", async (backend) => {
    const said: string[] = [];
    for (const kibibytes of [750_000, 900_000, 1_050_000, 1_200_000, 1_400_000, 1_800_000])
      said.push(await run(kibibytes, ["--backend", backend]));
    const failures = said.filter((each) => each !== "");
    expect(failures.length).toBeGreaterThan(0);
    for (const each of failures) expect(each).toMatch(/[Mm]emory ran out|process OOM/);
  });
});
