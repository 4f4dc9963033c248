export interface ConvFrame {
    /** Text that declares `block0`, the first channel block. */
    readonly block0: string;
    /** The expression for the source block that the kernel's first tap meets at pixel (0, 0). */
    readonly origin: string;
    /** The statement that gives `value` to the epilogue; block and pixel are expressions and count from the invocation's first. */
    emit(block: string, x: string, y: string, value: string): string;
}
export declare function convFrame(shape: {
    readonly channelBlocks: number;
    readonly folded: boolean;
    /** Source pixels that the kernel reads above and to the left of its own. */
    readonly reach: number;
}): ConvFrame;
