// That the packages say rightly what is in them: to package managers, to compilers, and to those who read their README.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { installed, packed, run } from "./project.js";

// Uses of every entry.
const USER = `import model from "@esrgan-webgpu/anime-6b";
import inlined from "@esrgan-webgpu/anime-6b/inline";
import { createUpscaler, type Upscaler } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";
import * as bundle from "esrgan-webgpu/bundle";
import { createWorkerUpscaler, type WorkerUpscaler } from "esrgan-webgpu/worker";

export async function open(): Promise<[Upscaler, WorkerUpscaler, Upscaler]> {
  const { device } = await openDevice();
  return [
    await createUpscaler(device, { model }),
    await createWorkerUpscaler({ model: inlined }),
    await bundle.createUpscaler(device),
  ];
}
`;

let archives: string[];
let folder: string;

beforeAll(() => {
  archives = packed();
  folder = installed("manifest", archives);
  writeFileSync(join(folder, "user.ts"), USER);
});

it("publint finds nothing to warn of", () => {
  for (const archive of archives) run(folder, ["node_modules/publint/src/cli.js", "run", archive, "--strict"]);
});

it("attw finds types for every entry", () => {
  const cli = "node_modules/@arethetypeswrong/cli/dist/index.js";
  // Weights have no types: bundlers make an address of them.
  const isTyped = ["--profile", "esm-only", "--exclude-entrypoints", "./anime-6b.safetensors"];
  for (const archive of archives) run(folder, [cli, archive, ...isTyped]);
});

it.each(["typescript-5", "typescript-6", "typescript-7"])(
  "%s takes the types, with those of the library",
  (compiler) => {
    const { bin } = JSON.parse(readFileSync(join(folder, "node_modules", compiler, "package.json"), "utf8"));
    const tsc = `node_modules/${compiler}/${bin.tsc}`;
    // The DOM of TypeScript 5 has no WebGPU.
    const types = compiler === "typescript-5" ? ["@webgpu/types"] : [];
    for (const how of [{ module: "nodenext" }, { module: "esnext", moduleResolution: "bundler" }]) {
      const strict = { strict: true, noEmit: true, skipLibCheck: false, types };
      const compilerOptions = { ...strict, ...how, target: "es2022", lib: ["es2022", "dom"] };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["user.ts"] }));
      run(folder, [tsc, "-p", "tsconfig.json"]);
    }
  },
);

it("what a README links to is in its package", () => {
  for (const name of ["esrgan-webgpu", "@esrgan-webgpu/anime-6b"]) {
    const at = join(folder, "node_modules", name);
    const links = [...readFileSync(join(at, "README.md"), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
    for (const [, path] of links) expect(existsSync(join(at, path!)), `${name}: ${path}`).toBe(true);
  }
});

it("installing runs no script of the packages", () => {
  for (const name of ["esrgan-webgpu", "@esrgan-webgpu/anime-6b"]) {
    const { scripts = {} } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"));
    expect(Object.keys(scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/install$|^prepare$/)]));
  }
});
