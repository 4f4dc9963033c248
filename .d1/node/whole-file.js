// Files that are there whole or not at all. Owns the temporary file beside the one meant; what is written to it is the caller's.
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EsrganError } from "../index.js";
import { fileReason } from "./file-status.js";
/**
 * Has `fill` write a file, which appears, or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is
 * written to at first, before that is made; however it ends, that one is gone then.
 * @throws EsrganError "bad-input" if the file cannot be written; what `fill` throws itself
 */
export async function writeWholeFile(path, fill, onTemporary) {
    const told = (work) => work.catch((error) => Promise.reject(unwritable(path, error)));
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
    await onTemporary?.(temporary);
    const file = await told(open(temporary, "wx"));
    try {
        try {
            await fill((bytes) => told(file.writeFile(bytes)));
            await told(file.sync()); // a rename may reach the disk before the bytes do
        }
        finally {
            await told(file.close());
        }
        await told(rename(temporary, path));
    }
    catch (error) {
        await rm(temporary, { force: true });
        throw error;
    }
}
/** An output that cannot be written, with why. */
export function unwritable(path, error) {
    return new EsrganError("bad-input", `The output ${path} cannot be written: ${fileReason(error)}`, { cause: error });
}
