// The command where drivers and the places for them are not as they should be: what is left behind, and what is said.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findSwiftShader } from "../../src/node/swiftshader.js";
import { build } from "./own-process.js";
import { pngFile } from "./png.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "dist/node/bin.js");

let folder: string;
beforeAll(() => {
  build();
  folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-drivers-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "tmp"), { recursive: true });
  const samples = [0, 80, 160, 240];
  writeFileSync(join(folder, "small.png"), pngFile({ width: 2, height: 2, depth: 8, colourType: 0, samples }));
});

function run(words: string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [bin, ...words], options, (_, out, err) => {
      resolve({ code: child.exitCode, out, err });
    });
  });
}

const nowhere = "/dev/null/nowhere";

describe.runIf(process.platform === "linux" && process.arch === "x64")("SwiftShader", () => {
  test("without a cache is unpacked for one command, and nothing of it stays", async () => {
    const env = { XDG_CACHE_HOME: nowhere, TMPDIR: join(folder, "tmp") };
    for (const words of [["--list-adapters"], ["small.png", "-q", "--adapter", "swiftshader"]]) {
      expect(await run(words, env)).toMatchObject({ code: 0, err: "" });
      expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    }
    expect(readdirSync(folder).sort()).toEqual(["small-4x.png", "small.png", "tmp"]);
  });

  test("without any room does not stop the other drivers, and is why there is no adapter where there are none", async () => {
    const { icdFile, loader } = findSwiftShader()!; // stands for a driver of the system
    const env = { XDG_CACHE_HOME: nowhere, TMPDIR: nowhere, LD_LIBRARY_PATH: join(loader, "..") };
    const other = await run(["small.png", "-q"], { ...env, VK_DRIVER_FILES: icdFile });
    expect(other).toEqual({ code: 0, out: "", err: "" });
    const none = await run(["small.png"], { ...env, VK_DRIVER_FILES: join(folder, "none.json") });
    expect(none).toMatchObject({ code: 1, out: "" });
    expect(none.err).toMatch(
      /^esrgan-webgpu: No WebGPU adapter was found: [^\n]*; SwiftShader of @sparticuz\/chromium cannot be unpacked: there is no such file\n$/,
    );
  });
});

describe.runIf(process.platform === "linux")("a driver that hangs", () => {
  // Stands still before it does anything, as a driver does that waits for its device.
  const hook = (script: string) => `import { basename } from "node:path";
    if (basename(process.argv[1]) === "${script}") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const)(
    "ends with the command that %s ends, tried or used",
    async (signal) => {
      for (const script of ["probe.js", "cli-process.js"]) {
        const env = {
          ...process.env,
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook(script))}`,
        };
        const child = spawn(process.execPath, [bin, "small.png"], { cwd: folder, env, stdio: "ignore" });
        const ended = new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
        let hanging: number[] = [];
        const find = () => {
          hanging = descendants(child.pid!).filter((pid) => commandLine(pid).includes(`${script}\0`));
          return hanging.length;
        };
        await expect.poll(find, { timeout: 20_000 }).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 500)); // at first nothing hangs
        child.kill(signal);
        expect(await ended).toBe(signal);
        await expect.poll(() => hanging.filter(isRunning), { timeout: 10_000 }).toEqual([]);
      }
    },
  );
});

function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.map(Number).flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
