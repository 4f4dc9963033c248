// Folders that are made with those that they are in, and that this ends where none can be made.
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemPath } from "../../src/node/file-name.js";
import { makeFolders } from "../../src/node/make-folders.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-folders-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("all that are missing are made, and those that are there stay", () => {
  for (let time = 0; time < 2; time++) makeFolders(join(folder, "a/b/c"));
  expect(statSync(join(folder, "a/b/c")).isDirectory()).toBe(true);
});

test.runIf(process.platform === "linux")("of names of any bytes", () => {
  const path = join(folder, "\udcff/\udcfe");
  makeFolders(path);
  expect(existsSync(systemPath(path))).toBe(true);
  rmSync(systemPath(join(folder, "\udcff")), { recursive: true });
});

test("what is there in the place of one is said", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolders(join(folder, "file"))).toThrow("a file has its name");
});

test.runIf(process.platform === "linux")("where none can be made, the system's error comes at once", () => {
  expect(() => makeFolders("/proc/none/none/none")).toThrow(/ENOENT/);
  expect(() => makeFolders("/dev/null")).toThrow("a device has its name");
});
