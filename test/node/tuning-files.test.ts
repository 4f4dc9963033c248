// Files that keep what was measured on devices between runs.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TUNING_FILES } from "../../src/node/tuning-files.js";
import { version } from "../../src/node/version.js";
import { VERSION } from "../../src/version.js";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "esrgan-test-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

const folder = () => join(cache, "esrgan-webgpu", `tuning-${version()}`);

it("gives back what was kept under a name, the last that was", async () => {
  await TUNING_FILES.save("a", { choices: [1] });
  await TUNING_FILES.save("a", { choices: [2] });
  await TUNING_FILES.save("b", "other");
  expect(await TUNING_FILES.load("a")).toEqual({ choices: [2] });
  expect(await TUNING_FILES.load("b")).toBe("other");
  expect(readdirSync(folder())).toHaveLength(2);
});

it("fails where there is nothing, or what is there is no JSON, and gives nothing of another name", async () => {
  await expect(TUNING_FILES.load("a")).rejects.toThrow();
  await TUNING_FILES.save("a", 1);
  const [file] = readdirSync(folder());
  const whole = readFileSync(join(folder(), file!), "utf8");
  writeFileSync(join(folder(), file!), whole.slice(0, 5));
  await expect(TUNING_FILES.load("a")).rejects.toThrow();
  writeFileSync(join(folder(), file!), whole.replace('"a"', '"b"'));
  expect(await TUNING_FILES.load("a")).toBeUndefined();
});

it("is whole when many are written at once", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => TUNING_FILES.save("a", { i })));
  expect(await TUNING_FILES.load("a")).toEqual({ i: expect.any(Number) });
  expect(readdirSync(folder())).toHaveLength(1);
});

it("removes what other versions have kept, and nothing else", async () => {
  for (const name of ["tuning-0.0.1", "swiftshader-1"])
    mkdirSync(join(cache, "esrgan-webgpu", name), { recursive: true });
  await TUNING_FILES.save("a", 1);
  expect(readdirSync(join(cache, "esrgan-webgpu")).sort()).toEqual(["swiftshader-1", `tuning-${version()}`]);
});

it("belongs to the version that package.json has", () => {
  expect(VERSION).toBe(version());
});
