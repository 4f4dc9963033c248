// Owns what is asked of the system about files that may not be there, and how its refusals are said.
import { type Stats, statSync } from "node:fs";
import { systemPath } from "./file-name.js";

/** Whether names that differ in case alone are of one file. */
export const IGNORE_CASE = process.platform === "win32" || process.platform === "darwin";

/** What there is of this name; undefined where that cannot be seen either. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(systemPath(path), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** What is the same for another name of the same file: a link, or another spelling where case does not count. Undefined without a file. */
export function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(systemPath(path), { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** What a file is, in words for a sentence; "file" for those that hold bytes and end. */
export function kindOfFile(status: Stats): string {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "a folder";
  if (status.isFIFO()) return "a pipe";
  return status.isSocket() ? "a socket" : "a device";
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EFBIG: "a file may not be so large here",
  EIO: "the disk has failed",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EBUSY: "it is in use",
  ESTALE: "it is no longer there",
  EAGAIN: "nothing is there to be read",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "the name is too long",
  EPIPE: "whoever read it has gone",
  ELOOP: "its links lead in a circle",
};

/** Why the system refused something about a file. */
export function fileReason(error: unknown): string {
  const { code = "", syscall, message } = error as NodeJS.ErrnoException;
  if (REASONS[code]) return REASONS[code];
  if (syscall) return message.split(",")[0]!; // what follows names files that the user does not know
  return error instanceof Error ? message : String(error);
}
