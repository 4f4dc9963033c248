import type { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Activation } from "../ops/op.js";
import type { TensorMap } from "../weights/tensor-map.js";
/** The extent of a trunk, counted from tensor names; every block is taken to be like the first. */
export interface Trunk {
    readonly blocks: number;
    /** Dense blocks in each RRDB, and convolutions in each of those. */
    readonly denseBlocks: number;
    readonly convs: number;
    /** ESRGAN+: a 1x1 convolution from each dense block's input to its second growth. */
    readonly plus: boolean;
    /** The names of all convolutions with a bias. */
    readonly names: readonly string[];
    /** Tensors beside those: the weights of ESRGAN+'s 1x1 convolutions. */
    readonly extraTensors: readonly string[];
}
export declare function trunkOf(map: TensorMap): Trunk;
/** `RDB_n(...RDB_1(x)) * 0.2 + x` */
export declare function rrdb(b: GraphBuilder, id: string, x: ValueId, trunk: Trunk, activation: Activation): ValueId;
