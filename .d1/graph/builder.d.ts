import type { Activation } from "../ops/op.js";
import type { ResizeAttributes } from "../ops/resize.js";
import { type TensorMap } from "../weights/tensor-map.js";
import type { ChannelOrder, Graph, ValueId } from "./graph.js";
export declare class GraphBuilder {
    #private;
    private readonly weights;
    /** Weights are taken from `weights` by the name of the convolution. */
    constructor(weights: TensorMap);
    /** The picture, `channels` of it. */
    input(channels: number): ValueId;
    /**
     * A convolution with the tensors `name.weight` [O,I,K,K] and `name.bias` [O] (absent is allowed with `bias: false`).
     * @throws EsrganError "bad-weights" naming the tensor and the shapes
     */
    conv(name: string, inputs: ValueId | readonly ValueId[], activation?: Activation, options?: {
        readonly bias?: boolean;
    }): ValueId;
    /** The PReLU slopes `name.weight`, one for each of `channels`. */
    preluSlopes(name: string, channels: number): Activation;
    concat(name: string, inputs: readonly ValueId[]): ValueId;
    /** `alpha * x + y`. */
    scaledAdd(name: string, x: ValueId, alpha: number, y: ValueId): ValueId;
    activate(name: string, x: ValueId, activation: Activation): ValueId;
    pixelShuffle(name: string, x: ValueId, factor: number, order?: ChannelOrder): ValueId;
    pixelUnshuffle(name: string, x: ValueId, factor: number, order?: ChannelOrder): ValueId;
    upsampleNearest(name: string, x: ValueId, factor: number): ValueId;
    resize(name: string, x: ValueId, attributes: ResizeAttributes): ValueId;
    /** The finished, validated graph. */
    build(output: ValueId): Graph;
}
