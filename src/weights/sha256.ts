// Owns the comparison of bytes with the SHA-256 that they must have.

import { EsrganError } from "../errors.js";

/** @throws EsrganError "bad-input" where `sha256` is no SHA-256 in hexadecimal */
export function requireHexadecimal(sha256: string): string {
  if (typeof sha256 === "string" && /^[\da-f]{64}$/i.test(sha256)) return sha256.toLowerCase();
  throw new EsrganError("bad-input", `sha256 must be 64 hexadecimal digits, got ${JSON.stringify(sha256)}`);
}

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
