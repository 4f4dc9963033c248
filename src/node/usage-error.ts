// Owns the error of a command line that makes no sense.

/** A command line that makes no sense; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
