// A folder that one process at a time works in: who gets it, and what becomes of the claims of processes that are gone.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { FolderClaim, FolderTaken } from "../../src/node/folder-claim.js";
import { folderPrefix } from "../../src/node/temporary-file.js";

const top = mkdtempSync(join(tmpdir(), "esrgan-webgpu-claim-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(top, String(count++));
});

/** The name that a claim has of a process that was started at this time. */
const claimOf = (pid: number, start: string, scope = folderPrefix().split("-")[2]) =>
  join(folder, `esrgan-webgpu-${scope}-${pid}-${start}-0a1b2c`);
const ownStart = folderPrefix().split("-")[4]!;

test("one at a time has it, and the last leaves nothing", async () => {
  const claim = await FolderClaim.take(folder);
  writeFileSync(join(claim.own, "next"), "half");
  await expect(FolderClaim.take(folder)).rejects.toThrow(`the process ${process.pid} is at it`);
  expect(readdirSync(folder)).toHaveLength(1);
  expect(claim.isHeld()).toBe(true);
  claim.release();
  expect(existsSync(folder)).toBe(false);
  (await FolderClaim.take(folder)).release();
});

test("of several at one moment one has it, and what is kept in it stays", async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, "kept"), "");
  const tried = await Promise.allSettled(Array.from({ length: 6 }, () => FolderClaim.take(folder)));
  const taken = tried.filter((each) => each.status === "fulfilled");
  expect(taken).toHaveLength(1);
  for (const each of tried) if (each.status === "rejected") expect(each.reason).toBeInstanceOf(FolderTaken);
  for (const { value } of taken) value.release();
  expect(readdirSync(folder)).toEqual(["kept"]);
});

test.each([
  ["waits for one whose name comes behind", "ffffffff", 2],
  ["steps back for one whose name comes before", "00000000", 1],
])("of two that see each other one %s", async (_, scope, there) => {
  let rival = "";
  const taking = FolderClaim.take(folder, (own) => {
    rival = claimOf(1, "1", scope);
    expect(rival < own).toBe(there === 1);
    mkdirSync(rival, { recursive: true });
  });
  await new Promise((resolve) => setImmediate(resolve)); // it has looked once
  expect(readdirSync(folder)).toHaveLength(there);
  rmSync(rival, { recursive: true });
  const claim = await taking;
  expect(readdirSync(folder)).toEqual([basename(claim.own)]);
  claim.release();
});

test.skipIf(process.platform === "win32")("a process that was killed has it no longer", async () => {
  mkdirSync(folder);
  const child = spawn("sleep", ["60"]);
  const dead = claimOf(child.pid!, "1");
  const killed = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await killed;
  mkdirSync(dead);
  writeFileSync(join(dead, "next"), "half");
  const claim = await FolderClaim.take(folder);
  expect(readdirSync(folder)).toEqual([claim.own.slice(folder.length + 1)]);
  claim.release();
});

test.runIf(process.platform === "linux")("another process of the same id has nothing to do with it", async () => {
  mkdirSync(claimOf(process.pid, String(Number(ownStart) - 1)), { recursive: true });
  (await FolderClaim.take(folder)).release();
  expect(existsSync(folder)).toBe(false);
});

test("one that cannot be asked about has it while it gives signs of life", async () => {
  const there = claimOf(1, "1", "00000000");
  mkdirSync(there, { recursive: true });
  await expect(FolderClaim.take(folder)).rejects.toThrow(/^a process of another machine, container or boot is at it/);
  const ago = Date.now() / 1000 - 121;
  utimesSync(there, ago, ago);
  const claim = await FolderClaim.take(folder);
  expect(existsSync(there)).toBe(false);
  rmSync(claim.own, { recursive: true }); // as another would that takes this one for dead
  expect(claim.isHeld()).toBe(false);
  claim.release();
});

test.skipIf(process.platform === "win32")("a folder that cannot be made is the system's own error", async () => {
  const file = spawnSync("mktemp", ["-p", top], { encoding: "utf8" }).stdout.trim();
  await expect(FolderClaim.take(join(file, "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
});
