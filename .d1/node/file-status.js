// Owns what is asked of the system about files that may not be there, and how its refusals are said.
import { statSync } from "node:fs";
/** What there is of this name; undefined where that cannot be seen either. */
export function statusOf(path) {
    try {
        return statSync(path, { throwIfNoEntry: false });
    }
    catch {
        return undefined;
    }
}
const REASONS = {
    ENOENT: "there is no such file",
    ENOTDIR: "there is no such file",
    EACCES: "permission is denied",
    EPERM: "permission is denied",
    EROFS: "the disk is read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    EISDIR: "it is a folder",
};
/** Why the system refused something about a file. */
export function fileReason(error) {
    const code = error.code ?? "";
    return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
