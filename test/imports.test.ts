// The layers of src: imports go one way, and nothing outside src/node needs Node or holds a page up while it loads.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = join(dirname(fileURLToPath(import.meta.url)), "../src");

/** Each may import what is in its own layer or in one before it; src/node stands outside and takes the public API, and the checks of options. */
const LAYERS: readonly (readonly string[])[] = [
  ["errors", "version", "load-part", "options"],
  ["shaders"],
  ["ops"],
  ["weights"],
  ["graph"],
  ["models"],
  ["picture"],
  ["plan"],
  ["gpu"],
  ["job"],
  ["upscaler-options", "taken-call", "upscaler-class", "upscaler", "cpu"],
  ["upscale"],
  ["multi-frame"],
  ["index", "browser"],
  ["worker"],
  ["bundle"],
];

// The default model's weights: a module that the build makes.
const BUNDLED_WEIGHTS = "../models/general-x4v3/general-x4v3";

interface Import {
  readonly specifier: string;
  readonly isDynamic: boolean;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.[jt]s$/.test(path))
  .map((path) => path.replaceAll("\\", "/"))
  .sort();
const isNode = (path: string) => path.startsWith("node/");
const CORE = FILES.filter((path) => !isNode(path));
const source = (path: string) => readFileSync(join(SRC, path), "utf8");

/** A file's text without what is only said in comments. */
function code(path: string): string {
  return source(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/ \/\/ .*$/gm, "");
}

function importsOf(path: string): Import[] {
  const text = code(path);
  const fixed = [...text.matchAll(/^(?:import|export)\b(?:[^;"'()=]*?\bfrom)?\s*["']([^"']+)["']/gm)];
  const dynamic = [...text.matchAll(/\bimport\(\s*([^)]*?)\s*\)/g)];
  return [
    ...fixed.map(([, specifier]) => ({ specifier: specifier!, isDynamic: false })),
    ...dynamic.map(([, expression]) => ({ specifier: expression!.replace(/^["']|["']$/g, ""), isDynamic: true })),
  ];
}

/** The module a relative import means, without its ending, relative to src. */
function target(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier)).replace(/\.js$/, "");
}

function layerOf(module: string): number {
  const name = module.replace(/\.ts$/, "").split("/")[0]!;
  return LAYERS.findIndex((layer) => layer.includes(name));
}

describe("imports", () => {
  it("are found in every form", () => {
    const all = FILES.flatMap((path) => importsOf(path).map((each) => [path, each.specifier, each.isDynamic] as const));
    expect(all).toContainEqual(["upscale.ts", "./errors.js", false]);
    expect(all).toContainEqual(["index.ts", "./cpu.js", false]);
    expect(all).toContainEqual(["models/named-weights.ts", "../../models/general-x4v3/general-x4v3.js", true]);
    for (const path of FILES) {
      const written = code(path).match(/^(?:import |export |\} ).*\bfrom "/gm) ?? [];
      expect(importsOf(path).filter(({ isDynamic }) => !isDynamic).length, path).toBe(written.length);
    }
    expect(FILES.length).toBeGreaterThan(60);
  });

  it.each(CORE)("%s belongs to a layer", (path) => {
    expect(layerOf(path)).toBeGreaterThanOrEqual(0);
  });

  it.each(CORE)("of %s go one way and name no package", (path) => {
    for (const { specifier, isDynamic } of importsOf(path)) {
      // A companion package, by the name in a table.
      if (isDynamic && path === "models/named-weights.ts" && specifier === "companion") continue;
      expect(specifier, path).toMatch(/^\.\.?\/.*\.js$/);
      const module = target(path, specifier);
      if (isDynamic && module === BUNDLED_WEIGHTS) continue;
      const layer = layerOf(module);
      expect(layer, `${path} imports ${specifier}, which is in no layer`).toBeGreaterThanOrEqual(0);
      expect(layer, `${path} imports ${specifier}, which is in a layer above it`).toBeLessThanOrEqual(layerOf(path));
    }
  });

  it.each(FILES.filter(isNode))("of %s are src/node's own or the public API", (path) => {
    for (const { specifier } of importsOf(path)) {
      if (!specifier.startsWith(".")) continue;
      const module = target(path, specifier);
      const isPublic = ["index", "multi-frame/index", "options"].includes(module);
      expect(isPublic || module.startsWith("node/"), `${path} imports ${specifier}`).toBe(true);
    }
  });

  it("of references are no kernels: they share nothing with what they are the measure of", () => {
    for (const path of CORE.filter((each) => each.endsWith(".reference.ts") || each === "graph/cpu-executor.ts")) {
      for (const { specifier } of importsOf(path)) {
        expect(specifier, path).not.toMatch(/shaders|kernel|fuse|plan\.js/);
      }
    }
  });
});

describe("outside src/node", () => {
  it.each(CORE)("%s needs no Node and holds nothing up", (path) => {
    const text = code(path);
    // The address of the worker's script is said as bundlers want it.
    const allowed = path === "worker/link.ts" ? 'new URL("../worker/script.js", import.meta.url)' : "";
    expect(
      text
        .replace(allowed, "")
        .match(
          /["']node:\w+|(?<![.\w])(?:process|Buffer|__dirname|__filename)[.([]|\brequire\(["'`]|\bimport\.meta\b/g,
        ),
    ).toBeNull();
    expect(awaitsAtTopLevel(text)).toEqual([]);
  });

  it("files are read in one place, by a module that the process has", () => {
    expect(CORE.filter((path) => /getBuiltinModule|process\?/.test(code(path)))).toEqual(["weights/system-file.ts"]);
  });

  it("top-level await would be seen", () => {
    expect(awaitsAtTopLevel("const a = 1;\nconst b = await f();\n")).toEqual(["const b = await f();\n"]);
    expect(awaitsAtTopLevel("export const b = [\n  await f(),\n];\n")).toHaveLength(1);
    expect(awaitsAtTopLevel("for await (const x of y) {\n  z(x);\n}\n")).toHaveLength(1);
    expect(
      awaitsAtTopLevel("async function f() {\n  await g();\n}\nconst h = async () => {\n  await g();\n};\n"),
    ).toEqual([]);
  });

  it("no server is named", () => {
    const urls = CORE.flatMap((path) => code(path).match(/https?:\/\/[^\s"'`)]+/g) ?? []);
    expect(urls).toEqual([]);
  });
});

/** The top-level statements that wait: every file is formatted, so that they begin where a line does. */
function awaitsAtTopLevel(text: string): string[] {
  return text
    .split(/^(?=[A-Za-z@])/m)
    .filter((statement) => /\bawait\b/.test(statement))
    .filter((statement) => !/\basync\b/.test(statement.slice(0, statement.search(/\bawait\b/))));
}
