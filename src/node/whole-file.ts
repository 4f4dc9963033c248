// Files that are there whole or not at all. Owns the temporary file beside the one meant, and that a file which is replaced leaves its mode and
// owner to the new one; what is written is the caller's.
import type { Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { EsrganError } from "../index.js";
import { nameFromBytes, printable, systemPath } from "./file-name.js";
import { fileReason, kindOfFile } from "./file-status.js";
import { removeAbandoned, temporaryName } from "./temporary-file.js";

/** Appends bytes to the file. */
export type Write = (bytes: Uint8Array) => Promise<void>;

/**
 * Has `fill` write a file, which appears, or replaces another, once it is whole. What a link leads to is replaced, not the link. `onTemporary`
 * hears of the file beside it that it is written to at first, before that is made; however it ends, that one is gone then.
 * @throws EsrganError "bad-input" if the file cannot be written; what `fill` throws itself
 */
export async function writeWholeFile(
  path: string,
  fill: (write: Write) => Promise<void>,
  onTemporary?: (path: string) => unknown,
): Promise<void> {
  const told = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(unwritable(path, error)));
  const target = await told(targetFile(path));
  const folder = dirname(target.path);
  removeAbandoned(folder);
  const temporary = join(folder, temporaryName());
  await onTemporary?.(temporary);
  const mode = target.replaced ? 0o600 : 0o666; // nobody reads before its time what they could not read before
  const file: FileHandle = await told(open(systemPath(temporary), "wx", mode));
  try {
    try {
      await fill((bytes) => told(file.writeFile(bytes)));
      if (target.replaced) await told(keepStatus(file, target.replaced)); // at last: until then this user can remove it
      await told(file.sync()); // a rename may reach the disk before the bytes do
    } finally {
      await told(file.close());
    }
    await told(rename(systemPath(temporary), systemPath(target.path)));
  } catch (error) {
    await rm(systemPath(temporary), { force: true });
    throw error;
  }
}

/** An output that cannot be written, with why. */
export function unwritable(path: string, error: unknown): EsrganError {
  const message = `The output ${printable(path)} cannot be written: ${fileReason(error)}`;
  return new EsrganError("bad-input", message, { cause: error });
}

/** A file that is to be written, at the end of links, and what there is of it. */
export interface TargetFile {
  readonly path: string;
  readonly replaced?: Stats;
}

/** Where a file of this name is written. What is thrown says why it cannot be. */
export async function targetFile(path: string): Promise<TargetFile> {
  try {
    const status = await lstat(systemPath(path));
    if (status.isSymbolicLink()) return await targetFile(await linkEnd(path));
    const kind = kindOfFile(status);
    if (kind !== "file") throw new Error(`it is ${kind}`);
    return { path, replaced: status };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { path };
  }
}

/** What a link leads to, which need not be there. */
async function linkEnd(path: string): Promise<string> {
  try {
    return nameFromBytes(await realpath(systemPath(path), "buffer"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return resolve(dirname(path), nameFromBytes(await readlink(systemPath(path), "buffer")));
  }
}

/** Has the disk take what another process wrote to a file, with what is known of the file that it replaces. What is thrown is the system's own. */
export async function syncedFile(path: string, replaced?: Stats): Promise<void> {
  const file = await open(systemPath(path), "r");
  try {
    if (replaced) await keepStatus(file, replaced);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The owner as far as this user may give files away, then the mode. Node knows no more of a file, such as lists of who may do what. */
async function keepStatus(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const own = await file.stat();
  if (own.uid !== uid || own.gid !== gid) {
    await file
      .chown(uid, gid)
      .catch(() => file.chown(own.uid, gid))
      .catch(() => {});
  }
  await file.chmod(mode & 0o777); // rights to run as the owner are not for files that may have another now
}
