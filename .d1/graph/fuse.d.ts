import type { Activation, Parameter } from "../ops/op.js";
import type { ChannelOrder, Graph, GraphNode, ValueId } from "./graph.js";
/** A residual a convolution adds: `beta * value`, sampled nearest where `value` is `upsample` times smaller. */
export interface Residual {
    readonly value: ValueId;
    readonly beta: number;
    readonly upsample: number;
}
/**
 * `act(conv(concat(inputs) upsampled nearest) + bias) * alpha + sum(residuals)`, stored pixel-shuffled by
 * `shuffle.factor`.
 */
export interface FusedConv {
    readonly op: "conv2d";
    readonly name: string;
    readonly inputs: readonly ValueId[];
    readonly output: ValueId;
    readonly upsample: number;
    readonly weight: Parameter;
    readonly bias: Parameter | undefined;
    readonly activation: Activation;
    readonly alpha: number;
    readonly residuals: readonly Residual[];
    readonly shuffle: {
        readonly factor: number;
        readonly order: ChannelOrder;
    };
}
export type FusedNode = FusedConv | Exclude<GraphNode, {
    op: "conv2d";
}>;
/** A graph after fusion; it keeps the values of the graph it came from. */
export interface FusedGraph {
    readonly graph: Graph;
    readonly nodes: readonly FusedNode[];
}
/** Each is one storage buffer of the eight that every device has: sources 3, weights, bias, output, residuals 2. */
export declare const MAX_RESIDUALS = 2;
/** Every value a node reads. */
export declare function readsOf(node: FusedNode): ValueId[];
/** Folds activations, scaled additions, pixel shuffles, concatenations and nearest upsampling into convolutions. */
export declare function fuse(graph: Graph): FusedGraph;
