// The code of the READMEs fits the library's types, and Chinese documents have the headings, tables, pictures and code of the English ones.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root, scriptOf, snippetsOf, withoutComments } from "./snippets.js";

const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
const compiler = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
// In the checkout, so that packages are found.
mkdirSync(join(root, ".cache"), { recursive: true });
const folder = mkdtempSync(join(root, ".cache/snippets-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The declarations of each entry of the package, as it is built. */
function entries(): Record<string, string[]> {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    exports: Record<string, string | { readonly types: string }>;
  };
  const typed = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [[path.replace(".", name), [join(root, target.types)]] as [string, string[]]],
  );
  return Object.fromEntries(typed);
}

/** What the compiler says of these files. */
function complaints(files: Readonly<Record<string, string>>): string {
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  const options = {
    ...{ target: "es2022", lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"], module: "esnext" },
    ...{ moduleResolution: "bundler", moduleDetection: "force", jsx: "preserve", noEmit: true, skipLibCheck: true },
    // As editors check JavaScript: an element that may be missing is no mistake.
    ...{ allowJs: true, checkJs: true, strict: false, types: ["@webgpu/types", "node"], paths: entries() },
  };
  const globals = join(root, "test/docs/snippet-globals.d.ts");
  const config = { compilerOptions: options, files: [globals, ...Object.keys(files)] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  try {
    return execFileSync(process.execPath, [compiler, "-p", folder], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    for (const name of Object.keys(files)) rmSync(join(folder, name));
  }
}

const COMPANIONS = readdirSync(join(root, "models"))
  .map((name) => `models/${name}/README.md`)
  .filter((path) => existsSync(join(root, path)));

describe("code blocks", () => {
  it("fit the types of the library", () => {
    const scripts = ["README.md", ...COMPANIONS].flatMap((file) =>
      snippetsOf(file).flatMap((snippet) => {
        const script = scriptOf(snippet);
        if (!script) return [];
        return [[`${snippet.place.replace(/[^\w.]/g, "-")}.${script.ending}`, script.code] as const];
      }),
    );
    expect(scripts.length).toBeGreaterThan(12);
    expect(complaints(Object.fromEntries(scripts))).toBe("");
  });

  it("do not fit them where they are wrong", () => {
    const call = 'import { upscale } from "esrgan-webgpu";\n';
    expect(complaints({ "a.js": `${call}await upscale(device, file, { scael: 2 });\n` })).toMatch("scael");
    expect(complaints({ "b.js": `${call}(await upscale(device, imageBitmap)).data;\n` })).toMatch("'data'");
    expect(complaints({ "c.js": 'import { nothing } from "esrgan-webgpu/node";\n' })).toMatch("nothing");
  });
});

/** What stands in two languages, and how each links to the other. */
const PAIRS = [
  ["README.md", "README.zh-CN.md"],
  ["docs/history.md", "docs/history.zh-CN.md"],
] as const;

describe.each(PAIRS)("%s and %s", (english, chinese) => {
  const textOf = (file: string) => readFileSync(join(root, file), "utf8");
  const levels = (file: string) =>
    [
      ...textOf(file)
        .replace(/^```[\s\S]*?^```$/gm, "")
        .matchAll(/^(#+) (.+)$/gm),
    ].map(([, level, title]) => ({ level, title }));
  const tables = (file: string) =>
    [...textOf(file).matchAll(/(?:^\|.*\n)+/gm)].map(([rows]) => rows.trim().split("\n"));
  const pictures = (file: string) => [...textOf(file).matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path]) => path);

  it("have the same headings, translated", () => {
    const wanted = levels(english);
    // Side by side, so that a failure names the first heading that is missing.
    expect(levels(chinese).map(({ level }, i) => `${level} ${wanted[i]?.title}`)).toEqual(
      wanted.map(({ level, title }) => `${level} ${title}`),
    );
  });

  it("have the same tables, row for row, and the same pictures", () => {
    expect(tables(chinese).map((rows) => rows.length)).toEqual(tables(english).map((rows) => rows.length));
    expect(pictures(chinese)).toEqual(pictures(english));
  });

  it("have the same code, but for comments", () => {
    const blocks = (file: string) => snippetsOf(file).map(withoutComments);
    expect(blocks(chinese)).toEqual(blocks(english));
  });

  it("link to each other", () => {
    expect(textOf(english)).toContain(`[简体中文](${basename(chinese)})`);
    expect(textOf(chinese)).toContain(`[English](${basename(english)})`);
  });
});

describe("docs/history.zh-CN.md", () => {
  it("has the figures of docs/history.md", () => {
    const figures = (file: string) =>
      readFileSync(join(root, file), "utf8")
        .match(/(?<=^|[^.\d])\d\d\.\d\d(?!\d)/g)!
        .sort();
    expect(figures("docs/history.md").length).toBeGreaterThan(20);
    expect(figures("docs/history.zh-CN.md")).toEqual(figures("docs/history.md"));
  });

  it("is linked from README.zh-CN.md", () => {
    expect(readFileSync(join(root, "README.zh-CN.md"), "utf8")).toContain("(docs/history.zh-CN.md)");
  });
});
