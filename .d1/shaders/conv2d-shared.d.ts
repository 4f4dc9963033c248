/** What the generated text depends on. */
export interface SharedShape {
    readonly kernel: number;
    readonly pixelsX: number;
    readonly pixelsY: number;
    readonly channelBlocks: number;
    readonly workgroupX: number;
    readonly workgroupY: number;
    /** How many share; `channelBlocks` holds a multiple of as many channels. Weights are packed in groups of as many. */
    readonly lanes: 4 | 8;
    /**
     * "window": straight code over all taps, for which an invocation loads its part of a channel block once.
     * "rolling": a loop over the window's rows that loads one and keeps those before it: a third of the code.
     */
    readonly rows: "window" | "rolling";
    /**
     * "own": an invocation loads all of its window. "passed": it gets the columns beyond its own pixels from the invocation to the right, and the
     * first lanes of a workgroup's row load those beyond that row.
     */
    readonly columns: "own" | "passed";
    /** See DirectShape.folded. */
    readonly folded: boolean;
    /** How many sources are concatenated. */
    readonly sources: number;
}
export declare function convSharedWgsl(shape: SharedShape): string;
