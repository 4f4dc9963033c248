import { type ResizeTaps } from "../ops/resize.js";
import { type PictureSpec } from "../ops/small.kernels.js";
import { type RunnablePlan } from "./execution-plan.js";
import { type AxisTiles } from "./tile-plan.js";
export interface ResizeRequest {
    readonly from: PictureSpec;
    readonly to: PictureSpec;
    readonly wraps: boolean;
    /** For all buffers; more are taken only where a single pixel needs more. */
    readonly budget: number;
}
/** Along one axis: the result's windows, and the source's pixels for each. */
export interface ResizeAxis {
    readonly taps: ResizeTaps;
    readonly windows: AxisTiles;
    /** Pixels of the source that a window takes, the same for all. */
    readonly sourceSize: number;
}
export interface ResizePlan {
    readonly run: RunnablePlan;
    readonly peakBytes: number;
    readonly across: ResizeAxis;
    readonly down: ResizeAxis;
}
/** Plans resizing `from` to `to`, antialiased bicubic. */
export declare function planResize({ from, to, wraps, budget }: ResizeRequest): ResizePlan;
/** The table of taps of the window whose result starts at `x`, `y`. */
export declare function tapTable({ across, down }: ResizePlan, x: number, y: number): Float32Array<ArrayBuffer>;
