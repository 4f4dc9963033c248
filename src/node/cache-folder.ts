// Folders that are made once a user and kept: files unpacked from installed packages. Owns that such a folder is whole or not there, also
// when several processes make it at once.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderPrefix, removeAbandoned } from "./temporary-file.js";

/** An installed package. */
export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
}

/** Where a package is installed, whatever its exports hide; undefined if it is not. */
export function findPackage(name: string): InstalledPackage | undefined {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve(name));
  } catch {
    return undefined;
  }
  while (!folder.endsWith(join(...name.split("/")))) {
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { folder, version };
}

/** The folder in the user's cache that is this library's. */
export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "esrgan-webgpu");
}

/**
 * The user's cache folder of this name, which `fill` makes where it is missing or has lost one of the files it needs. Without a home folder
 * to write to it is one for this process alone, as a folder that all can write to could be filled by another user.
 */
export function cachedFolder(name: string, needed: readonly string[], fill: (folder: string) => void): string {
  const folder = join(cacheRoot(), name);
  if (isWhole(folder, needed)) return folder;
  let fresh: string;
  try {
    mkdirSync(cacheRoot(), { recursive: true });
    removeAbandoned(cacheRoot());
    fresh = mkdtempSync(join(cacheRoot(), folderPrefix()));
  } catch {
    removeAbandoned(tmpdir());
    fresh = mkdtempSync(join(tmpdir(), folderPrefix()));
    process.once("exit", () => rmSync(fresh, { recursive: true, force: true })); // not where it is killed: then the next does
    fill(fresh);
    return fresh;
  }
  try {
    fill(fresh);
    if (isWhole(folder, needed)) return folder; // another process was faster
    rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (!isWhole(folder, needed)) throw error;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function isWhole(folder: string, needed: readonly string[]): boolean {
  try {
    return needed.every((name) => statSync(join(folder, name)).size > 0);
  } catch {
    return false;
  }
}
