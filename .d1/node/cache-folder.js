// Folders that are made once a user and kept: files unpacked from installed packages. Owns that such a folder is whole or not there, also
// when several processes make it at once.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
/** Where a package is installed, whatever its exports hide; undefined if it is not. */
export function findPackage(name) {
    let folder;
    try {
        folder = dirname(createRequire(import.meta.url).resolve(name));
    }
    catch {
        return undefined;
    }
    while (!folder.endsWith(join(...name.split("/")))) {
        if (folder === dirname(folder))
            return undefined;
        folder = dirname(folder);
    }
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { folder, version };
}
/**
 * The user's cache folder of this name, which `fill` makes where it is missing or has lost one of the files it needs. Without a home folder
 * to write to it is one for this process alone, as a folder that all can write to could be filled by another user.
 */
export function cachedFolder(name, needed, fill) {
    const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
    const folder = join(cache, "esrgan-webgpu", name);
    if (isWhole(folder, needed))
        return folder;
    let fresh;
    try {
        mkdirSync(dirname(folder), { recursive: true });
        fresh = mkdtempSync(`${folder}.`);
    }
    catch {
        fresh = mkdtempSync(join(tmpdir(), "esrgan-webgpu-"));
        process.once("exit", () => rmSync(fresh, { recursive: true, force: true }));
        fill(fresh);
        return fresh;
    }
    try {
        fill(fresh);
        if (isWhole(folder, needed))
            return folder; // another process was faster
        rmSync(folder, { recursive: true, force: true });
        try {
            renameSync(fresh, folder);
        }
        catch (error) {
            if (!isWhole(folder, needed))
                throw error;
        }
    }
    finally {
        rmSync(fresh, { recursive: true, force: true });
    }
    return folder;
}
function isWhole(folder, needed) {
    try {
        return needed.every((name) => statSync(join(folder, name)).size > 0);
    }
    catch {
        return false;
    }
}
