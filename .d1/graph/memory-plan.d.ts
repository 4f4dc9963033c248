import { type Plane } from "../ops/plane.js";
import type { Shape } from "../ops/tensor.js";
import { type FusedGraph, type FusedNode } from "./fuse.js";
import { type ValueId } from "./graph.js";
import type { Tail } from "./tail.js";
/** Where a value lies: `blocks` channel blocks of slot `slot` from `firstBlock` on. */
export interface Placement {
    readonly slot: number;
    readonly firstBlock: number;
    readonly blocks: number;
}
export interface Slot {
    readonly plane: Plane;
    readonly blocks: number;
    readonly isTail: boolean;
}
/** A value of the plan: a tensor of the graph or a copy the planner needs. */
export interface PlannedValue {
    readonly name: string;
    readonly shape: Shape;
    readonly plane: Plane;
    readonly isTail: boolean;
}
export interface MemoryOptions {
    /** A tail that runs on windows, with their extent in pixels of the trunk. */
    readonly tail?: {
        readonly of: Tail;
        readonly width: number;
        readonly height: number;
    } | undefined;
    /** Whether the last node stores its result elsewhere, so that the output takes no memory here. */
    readonly storesElsewhere?: boolean;
}
export interface MemoryPlan {
    readonly values: readonly PlannedValue[];
    /** The fused nodes, with copies put in where placement could not give a concatenation. */
    readonly nodes: readonly FusedNode[];
    readonly placements: ReadonlyMap<ValueId, Placement>;
    readonly slots: readonly Slot[];
}
/** Plans the memory of `fused` for an input of `width` x `height` pixels. */
export declare function planMemory(fused: FusedGraph, width: number, height: number, { tail, storesElsewhere }?: MemoryOptions): MemoryPlan;
/** Values that lie side by side, in order. */
type Groups = ReadonlyMap<ValueId, readonly ValueId[]>;
/** The inputs of a convolution as runs of values that lie side by side. */
export declare function sourceRuns(inputs: readonly ValueId[], groups: Groups): ValueId[][];
export {};
