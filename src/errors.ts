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
] as const satisfies readonly EsrganErrorCode[];

/**
 * What kind of failure: the caller's input, weights that are damaged, a network that is not known, an environment that lacks something,
 * a request that failed, no memory, a device that was lost, or a fault of the library or the driver.
 */
export type EsrganErrorCode =
  | "bad-input"
  | "bad-weights"
  | "unsupported-model"
  | "unsupported-device"
  | "network"
  | "out-of-memory"
  | "device-lost"
  | "internal";

/** An error of another kind as plain data. */
export interface ErrorText {
  /** Of its class, for example "TypeError". */
  readonly name: string;
  /** What it says. */
  readonly message: string;
}

/** An EsrganError as plain data, which postMessage() takes. */
export interface EsrganErrorData {
  /** What tells it from other data. */
  readonly name: "EsrganError";
  /** What kind of failure. */
  readonly code: EsrganErrorCode;
  /** One sentence for a person. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack?: string | undefined;
  /** What it was caused by, if that is an error: one of the library's own, or the name and message of another. */
  readonly cause?: EsrganErrorData | ErrorText | undefined;
}

/**
 * An error of this library; `code` says what kind, `message` is one sentence for a person. Aborted calls reject with signal.reason instead.
 * @example
 * upscaler.upscale(file).catch((error) => {
 *   if (error instanceof EsrganError && error.code === "bad-input") alert(error.message);
 *   else throw error;
 * });
 */
export class EsrganError extends Error {
  /** "EsrganError", which survives where classes do not. */
  override readonly name = "EsrganError";

  /** `message` is one sentence; `options.cause` what it was caused by. */
  constructor(
    /** What kind of failure. */
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
    const { name, code, message, stack, cause } = this;
    return {
      name,
      code,
      message,
      stack,
      ...(cause instanceof Error && cause !== this ? { cause: errorData(cause) } : {}),
    };
  }

  /**
   * The error that `data` was made of, with its code, message and cause; whatever else was thrown becomes one with the code "internal".
   * @example
   * worker.onmessage = ({ data }) => { throw EsrganError.from(data.error); };
   */
  static from(data: unknown): EsrganError {
    if (data instanceof EsrganError) return data;
    const { code, message = String(data), stack, cause } = (data ?? {}) as Partial<EsrganErrorData>;
    const known = CODES.find((each) => each === code);
    const origin = typeof cause === "object" && cause !== null ? { cause: errorOf(cause) } : {};
    const error = new EsrganError(known ?? "internal", message, known ? origin : { cause: data });
    if (known && stack !== undefined) error.stack = stack;
    return error;
  }
}

/** @internal What to post of an error, or of whatever else was thrown. */
export function errorData(error: unknown): EsrganErrorData | ErrorText {
  if (error instanceof EsrganError) return error.toJSON();
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}

/** @internal The error that `data` was made of. */
export function errorOf(data: EsrganErrorData | ErrorText): Error {
  if ("code" in data) return EsrganError.from(data);
  return Object.assign(new Error(data.message), { name: data.name });
}
