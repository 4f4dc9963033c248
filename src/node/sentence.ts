// Owns what is said of an error on the command line.
import { EsrganError } from "../index.js";
import { UsageError } from "./cli-arguments.js";
import { printable } from "./file-name.js";
import { isAboutMemory } from "./out-of-memory.js";

/** What went wrong, as one line. Names in it were made printable before, so that what breaks lines is a driver's or a library's. */
export function sentence(error: unknown): string {
  const said = (error instanceof Error ? error.message : String(error)).replace(/\s*[\r\n]\s*/g, " ");
  if (error instanceof EsrganError || error instanceof UsageError) return printable(said);
  if (isAboutMemory(error)) return printable(`Memory ran out: ${said}`);
  return printable(`Something went wrong that should not have: ${said}`);
}

/** The same as data for --json. */
export function errorReport(error: unknown): { code: string; message: string } {
  const code =
    error instanceof EsrganError
      ? error.code
      : error instanceof UsageError
        ? "usage"
        : isAboutMemory(error)
          ? "out-of-memory"
          : "internal";
  return { code, message: sentence(error) };
}
