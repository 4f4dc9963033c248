// Owns the files that keep what was measured on devices between runs, in the user's cache folder: one a name, and one folder for each version
// of the library, of which the others are removed.

import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheRoot } from "./cache-folder.js";
import { makeFolders } from "./make-folders.js";
import { removeAbandoned, temporaryName } from "./temporary-file.js";
import { version } from "./version.js";

const PREFIX = "tuning-";

/** As TuningStore: what cannot be read or written fails. */
export const TUNING_FILES = {
  async load(key: string): Promise<unknown> {
    const kept = JSON.parse(await readFile(fileOf(key), "utf8")) as { readonly key: string; readonly value: unknown };
    return kept.key === key ? kept.value : undefined;
  },

  async save(key: string, value: unknown): Promise<void> {
    const file = fileOf(key);
    makeFolders(folder());
    // Whole or not there: several processes may write at once.
    removeAbandoned(folder());
    const fresh = join(folder(), temporaryName());
    try {
      await writeFile(fresh, JSON.stringify({ key, value }));
      await rename(fresh, file);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
    for (const name of await readdir(cacheRoot())) {
      const isOld = name.startsWith(PREFIX) && join(cacheRoot(), name) !== folder();
      if (isOld) await rm(join(cacheRoot(), name), { recursive: true, force: true });
    }
  },
};

function folder(): string {
  return join(cacheRoot(), PREFIX + version());
}

function fileOf(key: string): string {
  return join(folder(), `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
}
