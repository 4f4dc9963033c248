import type { Op } from "./op.js";
export type ResizeMode = "bilinear" | "bicubic";
export interface ResizeAttributes {
    readonly mode: ResizeMode;
    /** Widens the filter when shrinking, and leaves taps outside the picture out instead of repeating the edge. */
    readonly antialias: boolean;
    readonly width: number;
    readonly height: number;
}
/** The inputs of each output along one axis: output i is the sum over k < count of weights[i * count + k] * input[start[i] + k]. */
export interface ResizeTaps {
    /** `start[i] + count` never passes the input's end. */
    readonly start: Int32Array;
    readonly count: number;
    readonly weights: Float32Array;
}
/**
 * Resizes by bilinear or bicubic interpolation: [C,H,W] -> [C,height,width].
 * Matches torch.nn.functional.interpolate(size, mode, align_corners=False, antialias).
 * @throws EsrganError "bad-input" if the size is not of positive integers
 */
export declare const resize: Op<ResizeAttributes>;
/**
 * The taps of one axis, summing to 1 for each output. Taps beyond an edge are folded into the edge's, or left out when
 * antialiasing; where the picture `wraps` there are no edges, and `start` may lie before the first pixel.
 */
export declare function resizeTaps(mode: ResizeMode, antialias: boolean, inSize: number, outSize: number, wraps?: boolean): ResizeTaps;
