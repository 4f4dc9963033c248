import { type FusedGraph } from "./fuse.js";
import type { ValueId } from "./graph.js";
import type { AxisRequest } from "./tile-plan.js";
export interface Tail {
    /** What the tail computes. Everything else is the trunk. */
    readonly values: ReadonlySet<ValueId>;
    /** Pixels of the trunk for each pixel of the network's input. */
    readonly trunkScale: number;
    /** Output pixels for each pixel of the trunk. */
    readonly scale: number;
    /** Pixels of the trunk that a window needs around its core. */
    readonly halo: number;
}
/** The tail of `fused`, or undefined where it has none that can run on windows. */
export declare function findTail(fused: FusedGraph): Tail | undefined;
/** How an axis of `length` input pixels is cut into windows: pixels of the trunk, each window with its halo. */
export declare function windowAxis({ trunkScale, halo }: Tail, length: number): AxisRequest;
