// Owns the one error type of the library. Every message is one sentence that names the thing, what came and what was wanted.

const CODES = [
  "bad-input",
  "bad-weights",
  "unsupported-model",
  "unsupported-device",
  "network",
  "out-of-memory",
  "device-lost",
  "internal",
] as const;

export type EsrganErrorCode = (typeof CODES)[number];

/** An EsrganError as plain data, which postMessage() takes. */
export interface EsrganErrorData {
  readonly name: "EsrganError";
  readonly code: EsrganErrorCode;
  readonly message: string;
  readonly stack?: string | undefined;
}

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

  /**
   * What to post to another thread: copies of errors lose every property of their own, and a `cause` that cannot be copied makes
   * postMessage() throw. `EsrganError.from` makes an error of it again.
   */
  toJSON(): EsrganErrorData {
    const { name, code, message, stack } = this;
    return { name, code, message, stack };
  }

  /** The error that `data` was made of, with its code and message; whatever else was thrown becomes one with the code "internal". */
  static from(data: unknown): EsrganError {
    if (data instanceof EsrganError) return data;
    const { code, message = String(data), stack } = (data ?? {}) as Partial<EsrganErrorData>;
    const known = CODES.find((each) => each === code);
    const error = new EsrganError(known ?? "internal", message, known ? {} : { cause: data });
    if (known && stack !== undefined) error.stack = stack;
    return error;
  }
}
