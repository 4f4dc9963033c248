// The reference that `npm run docs` writes covers all that the package exports.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./snippets.js";

const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));

it("every entry of the package is an entry point of the reference", () => {
  const exported = Object.values(read("package.json").exports as Record<string, string | { readonly types: string }>)
    .flatMap((target) => (typeof target === "string" ? [] : [target.types]))
    .map((types) => types.replace("./dist/", "").replace(".d.ts", ".ts"))
    .map((path) => (path.startsWith("engines/") ? path : `src/${path}`));
  expect(exported.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const points = (read("tools/docs/typedoc.json").entryPoints as string[]).map((path) => path.replace("../../", ""));
  expect(points.sort()).toEqual(exported.sort());
});
