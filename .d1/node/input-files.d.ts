import { EsrganError } from "../index.js";
/** A picture to be read. */
export interface InputFile {
    readonly path: string;
    /** The folder it was found in, from the one where the search began; empty for one that was named. */
    readonly subfolder: string;
    /** Whether it was found in a folder or by a pattern, and not named. */
    readonly isFound: boolean;
}
export interface FindOptions {
    /** Looks into the folders in folders too. */
    readonly recursive: boolean;
    /** A folder that is not looked into: results of an earlier run. */
    readonly except?: string | undefined;
}
/** What the inputs of a command come to. */
export interface FoundInputs {
    readonly files: readonly InputFile[];
    /** Inputs that come to nothing, and folders that cannot be looked into. */
    readonly problems: readonly EsrganError[];
}
/**
 * The files that the inputs stand for, in order, those of a folder or a pattern in natural order and each once. Of folders and patterns only
 * files that end as pictures do count, and none whose name begins with a dot. What is neither is taken for a file, there or not.
 */
export declare function findInputs(inputs: readonly string[], options: FindOptions): FoundInputs;
