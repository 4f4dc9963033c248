// Run by `npm publish` in the folder of each package: refuses where its package.json does not say where the project lives, as nobody can
// find the source, or report anything, from npm's page then. Owns which fields those are.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const isAddress = (value) => typeof value === "string" && /^(git\+)?(https?|ssh):\/\/[^/\s]+\/\S/.test(value);

/** For each field that npm shows, whether it says something. */
const FIELDS = {
  repository: ({ repository }) => isAddress(repository?.url),
  homepage: ({ homepage }) => isAddress(homepage),
  bugs: ({ bugs }) => isAddress(bugs?.url),
};

/** What keeps the package in `folder` from being published, in one sentence; undefined where nothing does. */
function missingOrigin(folder) {
  const manifest = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8"));
  // Of a package that is not the repository's root.
  const directory = relative(root, folder).split(sep).join("/");
  const missing = Object.keys(FIELDS).filter((field) => !FIELDS[field](manifest));
  const isPlaced = directory === "" || manifest.repository?.directory === directory;
  if (missing.length === 0 && isPlaced) return undefined;
  const lacks = missing.join(", ") || "the folder in repository";
  const place = directory && `, "directory": "${directory}"`;
  const wanted = `"repository": { "type": "git", "url": ...${place} }, "homepage" and "bugs": { "url": ... }`;
  return `${manifest.name} is not published, as its package.json lacks ${lacks}: set ${wanted} to where the project lives`;
}

const problem = missingOrigin(process.cwd());
if (problem) {
  console.error(`esrgan-webgpu: ${problem}`);
  process.exitCode = 1;
}
