// Owns the comparison of bytes with the SHA-256 that they must have: a part of its own, as few pages state one.

import { EsrganError } from "../errors.js";

/** @throws EsrganError "bad-weights" where the SHA-256 differs, "unsupported-device" where none can be computed */
export async function requireSha256(bytes: Uint8Array, wanted: string, title: string): Promise<void> {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) {
    throw new EsrganError(
      "unsupported-device",
      "A SHA-256 cannot be checked here: browsers have crypto.subtle only in pages served over HTTPS or from localhost",
    );
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== wanted) {
    throw new EsrganError("bad-weights", `${title} has the SHA-256 ${found}, expected ${wanted}`);
  }
}
