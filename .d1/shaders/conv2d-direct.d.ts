/** What the generated text depends on. `sources` are the numbers of channel blocks of the concatenated inputs. */
export interface DirectShape {
    readonly kernel: number;
    readonly upsample: number;
    readonly pixelsX: number;
    readonly pixelsY: number;
    readonly channelBlocks: number;
    readonly workgroupX: number;
    readonly workgroupY: number;
    readonly subgroup: number | undefined;
    /**
     * "unrolled": straight code over all taps, each input row loaded once for every output row it serves, one loop a source.
     * "looped": a loop over kernel rows, a third of the code, and one pipeline for any numbers of channels: for compilers
     * that are slow.
     */
    readonly rows: "unrolled" | "looped";
    /** In f16 products are summed in f16 over 72 terms, and those sums in f32: pure f16 sums are not accurate enough. */
    readonly math: "f32" | "f16";
    /**
     * A 3x3 convolution of an input upsampled nearest by 2 is four 2x2 convolutions, one for each phase of an output pixel,
     * over the small input: 4 taps instead of 9. Pixels are then counted in the small picture.
     */
    readonly folded: boolean;
    readonly sources: readonly number[];
}
export declare function convDirectWgsl(shape: DirectShape): string;
