import { type Shape } from "./tensor.js";
export interface TensorToImageAttributes {
    /** At most the tensor's; the rest on the right is cut off. */
    readonly width: number;
    /** At most the tensor's; the rest below is cut off. */
    readonly height: number;
    /** 3 repeats a 1-channel tensor in red, green and blue; 1 weighs a 3-channel tensor to gray (luma.ts) before clamping. */
    readonly channels: 1 | 3;
    readonly bits: 8 | 16;
}
/**
 * Turns the top left of [1 or 3,H,W] into pixels: clamped to 0..1, times the largest value, rounded half up; NaN becomes 0.
 * @throws EsrganError "bad-input" if the picture asked for does not fit the tensor
 */
export declare const tensorToImage: {
    readonly name: "tensor-to-image";
    /** The picture's shape `[channels,height,width]`. */
    readonly outputShape: (input: Shape, { channels, height, width, bits }: TensorToImageAttributes) => Shape;
};
