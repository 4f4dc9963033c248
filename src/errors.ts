// Owns the one error type of the library. Every message is one sentence that names the thing, what came and what was wanted.

export type EsrganErrorCode =
  | "bad-input"
  | "bad-weights"
  | "unsupported-model"
  | "unsupported-device"
  | "network"
  | "out-of-memory"
  | "device-lost"
  | "internal";

/** An error of this library; `code` says what kind, `message` is one sentence for a person. */
export class EsrganError extends Error {
  override readonly name = "EsrganError";

  constructor(
    readonly code: EsrganErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
