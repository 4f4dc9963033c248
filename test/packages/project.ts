// Owns the projects that use the packages: packed as they are published, installed from the archives beside a bundler of a pinned version, and
// kept in .cache, so that only what has changed is installed again.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServedFile } from "../browser/server.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const cache = join(root, ".cache/packages");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};

/** The archives of the library and of a model package. */
export function packed(): string[] {
  const folder = join(cache, "archives");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const each of [root, join(root, "models/anime-6b")]) {
    // Packing the library runs its build, unless it was done.
    const options = each === root ? ["--ignore-scripts"] : [];
    execFileSync("npm", ["pack", "--loglevel=error", ...options, "--pack-destination", folder], { cwd: each });
  }
  return readdirSync(folder).map((name) => join(folder, name));
}

/** The folder of the project `name`, with all that it needs installed. */
export function installed(name: string, archives: readonly string[]): string {
  const folder = join(cache, name);
  const template = join(here, "projects", name);
  const stamp = hashOf([...archives, join(template, "package.json")]);
  const stampFile = join(folder, "installed");
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(template, folder, { recursive: true });
    const options = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--prefer-offline"];
    execFileSync("npm", ["install", ...options, ...archives], { cwd: folder });
    writeFileSync(stampFile, stamp);
  }
  // The page and what this bundler wants in another way; what was built of it before must not be taken for new.
  for (const old of ["dist", ".parcel-cache"]) rmSync(join(folder, old), { recursive: true, force: true });
  for (const from of [join(here, "app"), template]) cpSync(from, folder, { recursive: true });
  return folder;
}

function hashOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex");
}

/** What a command says, which throws where it fails; it is run by Node in the project's folder. */
export function run(folder: string, [script, ...args]: readonly [string, ...string[]], input = ""): string {
  const env = { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" };
  const command = [join(folder, script), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: folder,
    input,
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${[script, ...args].join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** All files of a folder, to be served. */
export function filesOf(folder: string): Record<string, ServedFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      return [file.slice(folder.length + 1), { type, body: readFileSync(file) }];
    }),
  );
}
