// Folders that are made once a user and kept: files unpacked from installed packages. Owns that such a folder is whole and this user's, or is not
// used, also when several processes make it at once.
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeFolders } from "./make-folders.js";
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

/** The user's home folder; undefined where neither the environment nor the system names one. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  try {
    return env.HOME || homedir();
  } catch {
    return undefined;
  }
}

/** The folder in the user's cache that is this library's. @throws Error without a home folder */
export function cacheRoot(): string {
  const home = homeFolder();
  const cache = process.env.XDG_CACHE_HOME || (home && join(home, ".cache"));
  if (!cache) throw new Error("This user has no home folder");
  return join(cache, "esrgan-webgpu");
}

/**
 * The user's cache folder of this name, which `fill` makes where it is missing or one of the files it needs is gone or cut. Where there is no such
 * folder to write to, or it is another user's, it is one for this process alone, of which `onTemporary` hears: it is removed at this process's
 * exit, and whoever kills the process has to remove it.
 * @throws what `fill` throws, and Error where there is nowhere to write to
 */
export function cachedFolder(
  name: string,
  needed: readonly string[],
  fill: (folder: string) => void,
  onTemporary?: (folder: string) => unknown,
): string {
  try {
    return keptFolder(cacheRoot(), name, needed, fill);
  } catch {
    return processFolder(fill, onTemporary); // its error is about the place that was the last hope
  }
}

const SIZES_FILE = "sizes.json"; // of the needed files, so that one that was cut is seen

function keptFolder(root: string, name: string, needed: readonly string[], fill: (folder: string) => void): string {
  const folder = join(root, name);
  if (isWhole(folder, needed)) return requireOwn(folder, root);
  makeFolders(root);
  requireOwn(root);
  removeAbandoned(root);
  const fresh = mkdtempSync(join(root, folderPrefix()));
  try {
    fill(fresh);
    const sizes = needed.map((file) => [file, statSync(join(fresh, file)).size]);
    writeFileSync(join(fresh, SIZES_FILE), JSON.stringify(Object.fromEntries(sizes)));
    if (isWhole(folder, needed)) return requireOwn(folder); // another process was faster
    rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (!isWhole(folder, needed)) throw error;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return requireOwn(folder);
}

function processFolder(fill: (folder: string) => void, onTemporary?: (folder: string) => unknown): string {
  removeAbandoned(tmpdir());
  const fresh = mkdtempSync(join(tmpdir(), folderPrefix()));
  const remove = () => rmSync(fresh, { recursive: true, force: true });
  process.once("exit", remove);
  onTemporary?.(fresh);
  try {
    fill(fresh);
  } catch (error) {
    remove();
    throw error;
  }
  return fresh;
}

/** @throws Error if another user could have put something into one of the folders: what they hold is loaded into this process */
function requireOwn(folder: string, ...others: string[]): string {
  for (const each of [folder, ...others]) {
    const { uid, mode } = statSync(each);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o002) === 0);
    if (!isOwn) throw new Error(`The folder ${each} belongs to another user, or all may write to it`);
  }
  return folder;
}

function isWhole(folder: string, needed: readonly string[]): boolean {
  try {
    const sizes = JSON.parse(readFileSync(join(folder, SIZES_FILE), "utf8")) as Record<string, number>;
    return needed.every((name) => sizes[name]! > 0 && statSync(join(folder, name)).size === sizes[name]);
  } catch {
    return false;
  }
}
