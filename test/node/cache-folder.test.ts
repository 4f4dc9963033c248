// The folders that are made once a user: whole and the user's own, or not used; and what happens where there is no room for them.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cachedFolder } from "../../src/node/cache-folder.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const home = vi.hoisted(() => ({ isThere: true }));
vi.mock("node:os", async (original) => {
  const os = await original<typeof import("node:os")>();
  const homedir = () => {
    if (home.isThere) return os.homedir();
    throw new Error("ENOENT: no such file or directory, uv_os_homedir");
  };
  return { ...os, homedir };
});

const cache = join(folder, "cache");
const temporary = join(folder, "tmp");

beforeEach(() => {
  for (const each of [cache, temporary]) {
    rmSync(each, { recursive: true, force: true });
    mkdirSync(each);
  }
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("TMPDIR", temporary);
});
afterEach(() => {
  home.isThere = true;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

let fills = 0;
function fill(fresh: string): void {
  fills++;
  writeFileSync(join(fresh, "driver.json"), '{"library": "driver.so"}');
  writeFileSync(join(fresh, "driver.so"), "0123456789");
  writeFileSync(join(fresh, "more"), "not needed");
}
const needed = ["driver.json", "driver.so"];
const made = (onTemporary?: (path: string) => void) => cachedFolder("driver-1", needed, fill, onTemporary);

/** How often it was filled by `action`. */
function fillsOf(action: () => unknown): number {
  fills = 0;
  action();
  return fills;
}

describe("a folder of the cache", () => {
  test("is made once", () => {
    expect(fillsOf(made)).toBe(1);
    expect(fillsOf(made)).toBe(0);
    expect(made()).toBe(join(cache, "esrgan-webgpu/driver-1"));
    expect(readdirSync(join(cache, "esrgan-webgpu"))).toEqual(["driver-1"]);
  });

  test.each([
    ["driver.json", (file: string) => writeFileSync(file, "{")],
    ["driver.so", (file: string) => writeFileSync(file, "01234")],
    ["driver.so", (file: string) => writeFileSync(file, "")],
    ["driver.so", (file: string) => rmSync(file)],
    ["sizes.json", (file: string) => writeFileSync(file, "{")],
    ["sizes.json", (file: string) => rmSync(file)],
  ])("is made anew where %s was cut or is gone", (name, spoil) => {
    spoil(join(made(), name));
    expect(fillsOf(made)).toBe(1);
    expect(readFileSync(join(made(), "driver.so"), "utf8")).toBe("0123456789");
    expect(fillsOf(made)).toBe(0);
  });

  test.skipIf(process.platform === "win32")(
    "is not used where another user owns it, and neither is what lies in it",
    () => {
      const kept = made();
      const own = process.getuid!();
      vi.spyOn(process, "getuid").mockReturnValue(own + 1);
      const other = made();
      expect(other.startsWith(temporary)).toBe(true);
      expect(existsSync(join(kept, "driver.so"))).toBe(true);
    },
  );

  test.skipIf(process.platform === "win32").each(["", "driver-1"])("is not used where all may write to %s/", (name) => {
    made();
    chmodSync(join(cache, "esrgan-webgpu", name), 0o777);
    const other = made();
    expect(other.startsWith(temporary)).toBe(true);
  });
});

describe("without room in the cache", () => {
  test.each([
    ["the cache is no folder", () => vi.stubEnv("XDG_CACHE_HOME", join(folder, "file"))],
    [
      "there is no home folder",
      () => {
        vi.stubEnv("XDG_CACHE_HOME", "");
        vi.stubEnv("HOME", "");
        home.isThere = false;
      },
    ],
  ])("there is a folder for the process alone, and its name is told: %s", (_, spoil) => {
    writeFileSync(join(folder, "file"), "");
    spoil();
    const told: string[] = [];
    const own = made((path) => told.push(path));
    expect(told).toEqual([own]);
    expect(own.startsWith(temporary)).toBe(true);
    expect(readFileSync(join(own, "driver.so"), "utf8")).toBe("0123456789");
  });

  test("nothing stays where the disk is full", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const fillHalf = (fresh: string) => {
      writeFileSync(join(fresh, "driver.json"), "{}");
      throw full;
    };
    expect(() => cachedFolder("driver-1", needed, fillHalf)).toThrow(full);
    expect(readdirSync(join(cache, "esrgan-webgpu"))).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
