import { EsrganError } from "../index.js";
/** Appends bytes to the file. */
export type Write = (bytes: Uint8Array) => Promise<void>;
/**
 * Has `fill` write a file, which appears, or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is
 * written to at first, before that is made; however it ends, that one is gone then.
 * @throws EsrganError "bad-input" if the file cannot be written; what `fill` throws itself
 */
export declare function writeWholeFile(path: string, fill: (write: Write) => Promise<void>, onTemporary?: (path: string) => unknown): Promise<void>;
/** An output that cannot be written, with why. */
export declare function unwritable(path: string, error: unknown): EsrganError;
