/** What a generated kernel says of itself before its body. */
export interface KernelHead {
    readonly workgroupX: number;
    readonly workgroupY: number;
    /** Pins subgroups to this size (features "subgroups" and "subgroup-size-control"). */
    readonly subgroup: number | undefined;
    /** Pixels of the convolution one invocation computes. */
    readonly pixelsX: number;
    readonly pixelsY: number;
    /**
     * Gives `lane`, the invocation's place among as many that share weights, and `column`, its place in a row of the workgroup, which must be
     * lanes of one subgroup; then none may end before the others. Workgroups then count channels along x, so that those of the same pixels
     * follow one another, and a CPU's caches hold what they read.
     */
    readonly lanes?: number;
}
/** `main` from its first pixel x0, y0 on, of STEP output pixels each; invocations wholly outside the picture end there, unless others need them. */
export declare function mainWgsl(head: KernelHead, body: string): string;
/** `generate` that makes the text of equal shapes once: a network has hundreds of convolutions, and a dozen shapes of them. */
export declare function madeOnce<Shape>(generate: (shape: Shape) => string): (shape: Shape) => string;
export declare function each(count: number, line: (index: number) => string, separator?: string): string;
/** The component of a block that holds channel `k` of its four. */
export declare function lane(k: number): string;
/** The numbers of channel blocks of the concatenated inputs: as literals, or read from the uniform `planes.src`. */
export interface SourceCounts {
    readonly count: number;
    readonly blocks: (index: number) => string;
    readonly total: string;
    /** How many blocks of each a chunk of f16 sums takes: two, or one where some source has an odd number. */
    readonly chunk: number;
}
/** Literals let GPU compilers do without a guard in the loop. */
export declare function literalCounts(sources: readonly number[]): SourceCounts;
/** Uniforms let convolutions of different channel counts share a pipeline. */
export declare function uniformCounts(count: number): SourceCounts;
export interface SourceLoopOptions {
    readonly chunk?: {
        readonly open: string;
        readonly close: string;
    } | undefined;
    readonly weightGroup?: string;
}
/**
 * One loop a source over its channel blocks; `body` reads them at `at` and their weights, `weightsPerBlock` of them, from `w`
 * on, which are those of the group of output channels that `weightGroup` numbers. With `chunk` the sums of a few channel blocks at a
 * time start with `open` and are added up by `close`.
 */
export declare function sourceLoops(sources: SourceCounts, weightsPerBlock: number, body: (source: string) => string, { chunk, weightGroup }?: SourceLoopOptions): string;
