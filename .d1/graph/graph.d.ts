import { type Conv2dAttributes } from "../ops/conv2d.js";
import type { Op, Parameter } from "../ops/op.js";
import { type ResizeAttributes } from "../ops/resize.js";
import type { Shape } from "../ops/tensor.js";
export type ChannelOrder = "pytorch" | "tensorflow";
/** The attributes of each operation a graph may hold. */
export interface OpAttributes {
    conv2d: Conv2dAttributes;
    "leaky-relu": {
        readonly slope: number;
    };
    prelu: {
        readonly slopes: Parameter;
    };
    "concat-channels": Record<string, never>;
    "scaled-add": {
        readonly alpha: number;
    };
    "pixel-shuffle": {
        readonly factor: number;
        readonly order: ChannelOrder;
    };
    "pixel-unshuffle": {
        readonly factor: number;
        readonly order: ChannelOrder;
    };
    "upsample-nearest": {
        readonly factor: number;
    };
    resize: ResizeAttributes;
}
export type OpName = keyof OpAttributes;
/** The operations by name. */
export declare const OPS: {
    readonly [K in OpName]: Op<OpAttributes[K]>;
};
/** The index of a value in `Graph.values`. */
export type ValueId = number;
/** A tensor of the graph; `scale` is its width and height relative to the input (NaN after a resize to a fixed size). */
export interface Value {
    readonly name: string;
    readonly channels: number;
    readonly scale: number;
}
export interface NodeOf<K extends OpName> {
    readonly op: K;
    readonly name: string;
    readonly inputs: readonly ValueId[];
    readonly output: ValueId;
    readonly attributes: OpAttributes[K];
}
export type GraphNode = {
    [K in OpName]: NodeOf<K>;
}[OpName];
export interface Graph {
    readonly values: readonly Value[];
    readonly nodes: readonly GraphNode[];
    readonly input: ValueId;
    readonly output: ValueId;
}
/** The operation of a node, typed loosely enough to be called with that node's attributes. */
export declare function opOf(node: GraphNode): Op<GraphNode["attributes"]>;
/**
 * The shape of every value for an input of `width` x `height` pixels.
 * @throws EsrganError "bad-input" naming the node and the shapes where an operation refuses its inputs
 */
export declare function inferShapes(graph: Graph, width: number, height: number): Shape[];
