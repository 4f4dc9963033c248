// Owns how lack of memory is told from other reasons: each part that runs short of it says so in words of its own.
import { EsrganError } from "../index.js";
import { saysOutOfMemory } from "./memory-words.js";

/** Whether that was thrown because memory ran out. */
export function isAboutMemory(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof EsrganError && at.code === "out-of-memory") return true;
    if (saysOutOfMemory(`${(at as NodeJS.ErrnoException).code ?? ""} ${at.message}`)) return true;
  }
  return false;
}

/** The error of what could not be done for lack of memory. */
export function outOfMemory(doing: string, cause: unknown): EsrganError {
  return new EsrganError("out-of-memory", `Memory ran out while ${doing}`, { cause });
}
