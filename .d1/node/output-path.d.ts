import type { InputFile } from "./input-files.js";
/** A picture to be read, and where its result goes. */
export interface Job {
    readonly input: string;
    readonly output: string;
}
/**
 * Checks before the work what -o says about where the results of this many inputs go.
 * @throws UsageError if it is one file for several inputs
 * @throws EsrganError "bad-input" if its folder is not there or its ending is no format's
 */
export declare function checkOutput(output: string | undefined, inputs: number): void;
/**
 * Where each input's result goes, in order. An input that was found, not named, and is where another's result goes is left out: it is that
 * result, of an earlier run.
 * @throws EsrganError "bad-input" if a file would be written twice or is an input itself
 */
export declare function planJobs(output: string | undefined, inputs: readonly InputFile[], scale: number): Job[];
/**
 * Whether the result is there already: a file newer than the input. No look into it is needed, as files appear once they are whole; what
 * it was made with is not asked.
 */
export declare function isDone({ input, output }: Job): boolean;
