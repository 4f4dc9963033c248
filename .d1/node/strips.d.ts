import { type Pixels, type Strip } from "../index.js";
/** Strips as they come or as they are there. */
export type Strips = AsyncIterable<Strip> | Iterable<Strip>;
/**
 * The strips' pixels, one after another.
 * @throws EsrganError "internal" where a strip does not follow the one before it, differs from it in kind or overhangs, or rows are missing
 */
export declare function requireWhole(strips: Strips, { width, height }: {
    readonly width: number;
    readonly height: number;
}): AsyncGenerator<Pixels, void>;
