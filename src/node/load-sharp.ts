// Loads the npm package sharp when the first picture needs it. Owns what is said where that does not work.
import { createRequire } from "node:module";
import { EsrganError } from "../index.js";
import { isAboutMemory, outOfMemory } from "./out-of-memory.js";

export type SharpFunction = typeof import("sharp").default;

/** @throws EsrganError "unsupported-device" where it is not installed or not for this machine, "out-of-memory" */
export function loadSharp(): SharpFunction {
  try {
    return createRequire(import.meta.url)("sharp") as SharpFunction; // in half the time of import()
  } catch (cause) {
    if (isAboutMemory(cause)) throw outOfMemory("the npm package sharp was loaded", cause);
    const { code, message } = cause as NodeJS.ErrnoException;
    const why =
      code === "MODULE_NOT_FOUND"
        ? "is not installed: npm install sharp"
        : `does not load on this ${process.platform} ${process.arch} machine: ${message.split("\n").slice(0, 2).join(": ")}`;
    const text = `Reading and writing picture files needs the npm package sharp, which ${why}`;
    throw new EsrganError("unsupported-device", text, { cause });
  }
}
