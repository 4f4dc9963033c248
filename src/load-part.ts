// Owns the loading of parts of the library that few pages need: bundlers make files of their own of them.

import { EsrganError } from "./errors.js";

/**
 * The module that `load` imports.
 * @throws EsrganError "network" where it does not load
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EsrganError("network", `A part of esrgan-webgpu did not load: ${why}`, { cause });
  }
}
