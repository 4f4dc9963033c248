// Makes a folder with those that it is in. Owns that this ends: Node's own way tries for ever where the system says that a folder's parent is
// missing which is there, as it does in /proc.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { systemPath } from "./file-name.js";
import { kindOfFile, statusOf } from "./file-status.js";

/** Makes a folder where it is missing. What is thrown is the system's own error, or says what is there in its place. */
export function makeFolders(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    makeFolder(path);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(systemPath(path));
  } catch (error) {
    const status = statusOf(path);
    if (status?.isDirectory()) return;
    if (!status) throw error;
    const kind = kindOfFile(status);
    throw new Error(`${kind === "file" ? "a file" : kind} has its name`, { cause: error });
  }
}
