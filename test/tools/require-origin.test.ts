// That no package is published whose page on npm would not say where the project lives.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tool = join(root, "tools/require-origin.mjs");
const packages = [".", "models/anime-6b", "models/classics", "models/x4plus"];
// Inside the checkout, as a package's folder is.
mkdirSync(join(root, ".cache"), { recursive: true });
const folder = mkdtempSync(join(root, ".cache/require-origin-"));
const directory = folder.slice(root.length);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REPOSITORY = { type: "git", url: "git+https://example.com/a/b.git", directory };
const WHOLE = {
  name: "a",
  repository: REPOSITORY,
  homepage: "https://example.com/a",
  bugs: { url: "https://example.com/b" },
};

function check(manifest: object): { readonly status: number | null; readonly says: string } {
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const { status, stderr } = spawnSync(process.execPath, [tool], { cwd: folder, encoding: "utf8" });
  return { status, says: stderr };
}

it("a package that says where it lives is published", () => {
  expect(check(WHOLE)).toEqual({ status: 0, says: "" });
});

it.each([
  ["nothing", { name: "a" }, "a is not published, as its package.json lacks repository, homepage, bugs:"],
  ["no place for bugs", { ...WHOLE, bugs: undefined }, "lacks bugs:"],
  [
    "words in place of an address",
    { ...WHOLE, homepage: "TODO", repository: { url: "" } },
    "lacks repository, homepage:",
  ],
  [
    "another folder",
    { ...WHOLE, repository: { ...REPOSITORY, directory: "models/b" } },
    `lacks the folder in repository: set "repository": { "type": "git", "url": ..., "directory": "${directory}" }`,
  ],
])("one that says %s is not", (_, manifest, sentence) => {
  const { status, says } = check(manifest);
  expect(status).toBe(1);
  expect(says).toContain(sentence);
  expect(says.trim().split("\n")).toHaveLength(1);
});

it.each(packages)("npm asks before it publishes %s", (name) => {
  const { scripts } = JSON.parse(readFileSync(join(root, name, "package.json"), "utf8"));
  const path = name === "." ? "tools/require-origin.mjs" : "../../tools/require-origin.mjs";
  expect(scripts.prepublishOnly).toBe(`node ${path}`);
});
