import { type Stats } from "node:fs";
/** What there is of this name; undefined where that cannot be seen either. */
export declare function statusOf(path: string): Stats | undefined;
/** Why the system refused something about a file. */
export declare function fileReason(error: unknown): string;
