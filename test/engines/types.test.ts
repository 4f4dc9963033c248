// The adapters against the engines' own types, which are not what engines/types/ says of them. ESRGAN_EXAMPLES says which are installed.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
// @ts-expect-error a script without types
import { exampleFolder, installedIn, packagesOf } from "../../tools/examples.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(installedIn, "types");
const wanted = process.env.ESRGAN_EXAMPLES!.split(",");

/** The entry of an adapter that an example imports, such as "three". */
function adapterOf(name: string): string | undefined {
  return /"esrgan-webgpu\/(\w+)"/.exec(readFileSync(join(exampleFolder(name), "main.js"), "utf8"))?.[1];
}

/** Adapters, with the package of each. */
const ADAPTERS = new Map(
  wanted.flatMap((name): [string, string][] => {
    const adapter = adapterOf(name);
    return adapter ? [[adapter, Object.keys(packagesOf(name))[0]!]] : [];
  }),
);

/** What the compiler says of the files, a line each. */
function complaints(files: readonly string[]): string[] {
  const options = { paths: { "esrgan-webgpu": [relative(folder, join(root, "src/index.ts"))] } };
  const config = { extends: relative(folder, join(root, "tsconfig.json")), compilerOptions: options, files };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: [] }));
  const manifest = join(root, "node_modules/typescript/package.json");
  const compiler = join(root, "node_modules/typescript", JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, "--noEmit", "-p", folder], { encoding: "utf8" });
  return `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "");
}

// Beside the packages, where their types are found as a project's would be.
beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(join(root, "engines")).filter((name) => name.endsWith(".ts"))) {
    cpSync(join(root, "engines", file), join(folder, file));
  }
});

it.runIf(ADAPTERS.size > 0)("adapters fit their engines' own types, in which what an engine lacks is noticed", () => {
  const probes = [...ADAPTERS].map(([adapter, name]) => {
    const module = { "@babylonjs/core": "@babylonjs/core/scene.js", three: "three/webgpu" }[name] ?? name;
    const file = `${adapter}-probe.ts`;
    const text = `import * as engine from "${module}";\nexport const lacking = engine.noEngineHasThis;\n`;
    writeFileSync(join(folder, file), text);
    return file;
  });
  const found = complaints([...[...ADAPTERS.keys()].map((adapter) => `${adapter}.ts`), ...probes]);
  const expected = /^(?:.*[\\/])?(\S+-probe\.ts)\(2,\d+\): error TS2339: .*noEngineHasThis/;
  expect(found.filter((line) => !expected.test(line))).toEqual([]);
  expect(found.map((line) => expected.exec(line)![1]).sort()).toEqual(probes.sort());
});
