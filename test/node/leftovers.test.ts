// What is removed of a process that ended early.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Leftovers } from "../../src/node/leftovers.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-leftovers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

test("files and folders go, and a folder around them where nothing else is in it", () => {
  for (const path of ["alone/own", "kept/own"]) mkdirSync(at(path), { recursive: true });
  for (const path of ["file", "alone/own/next", "kept/own/next", "kept/part"]) writeFileSync(at(path), "");
  const leftovers = new Leftovers();
  leftovers.add(at("file"));
  leftovers.add(at("never there"));
  for (const name of ["alone", "kept"]) leftovers.add(at(`${name}/own`), at(name));
  leftovers.remove();
  expect(readdirSync(folder)).toEqual(["kept"]);
  expect(readdirSync(at("kept"))).toEqual(["part"]);
  leftovers.remove();
  expect(existsSync(at("kept/part"))).toBe(true);
});
