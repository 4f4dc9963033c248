/** The extent of a tensor `[channels, height, width]`. */
export interface Shape {
    readonly channels: number;
    readonly height: number;
    readonly width: number;
}
/** A float32 tensor `[C,H,W]` in row-major order. */
export interface Tensor extends Shape {
    readonly data: Float32Array;
}
/** Makes a tensor of `shape`, zero-filled or holding `data` (not copied, length C*H*W). */
export declare function tensor(shape: Shape, data?: Float32Array): Tensor;
export declare function elementCount(shape: Shape): number;
/** `[64,24,32]`, the form every message uses. */
export declare function formatShape(shape: Shape): string;
export declare function sameShape(a: Shape, b: Shape): boolean;
