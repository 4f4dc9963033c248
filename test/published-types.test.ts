// The declarations that are published compile where a user has the usual libraries alone, and checks libraries too.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
const compiler = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-types-"));

/** What the compiler complains of. */
function complaints(...words: string[]): string {
  try {
    return execFileSync(process.execPath, [compiler, ...words], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

beforeAll(() => {
  const declarations = ["--declaration", "--emitDeclarationOnly", "--outDir", join(folder, "dist")];
  expect(complaints("-p", join(root, "tsconfig.build.json"), ...declarations)).toBe("");
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it.each([
  ["esrgan-webgpu", "index", []],
  ["esrgan-webgpu/browser", "browser", []],
  ["esrgan-webgpu/multi-frame", "multi-frame/index", []],
  ["esrgan-webgpu/bundle", "bundle/esrgan-webgpu", []],
  ["esrgan-webgpu/node", "node/index", ["node"]],
  ["esrgan-webgpu/worker", "worker/index", []],
])("of %s", (_, entry, types) => {
  writeFileSync(join(folder, "user.ts"), `export * from "./dist/${entry}.js";\n`);
  const libraries = ["--lib", "es2022,dom", "--typeRoots", join(root, "node_modules/@types")];
  const how = ["--noEmit", "--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"];
  expect(complaints(...how, ...libraries, "--types", types.join(), "user.ts")).toBe("");
});

it("are where package.json says", () => {
  const { exports, main, types } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect([main, types]).toEqual([exports["."].default, exports["."].types]);
  for (const path of [".", "./browser", "./bundle", "./multi-frame", "./node", "./worker"]) {
    expect(readFileSync(join(folder, exports[path].types), "utf8")).toContain("export");
    expect(exports[path].default).toBe(exports[path].types.replace(".d.ts", ".js"));
  }
});
