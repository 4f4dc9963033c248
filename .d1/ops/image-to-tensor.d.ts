import type { Pixels } from "./pixels.js";
import { type Shape } from "./tensor.js";
export interface ImageToTensorAttributes {
    /** 3 repeats a gray picture in red, green and blue; 1 weighs a colour picture to gray (luma.ts). */
    readonly channels: 1 | 3;
    /** At least the picture's; what is more continues it to the right by reflection. */
    readonly width: number;
    /** At least the picture's; what is more continues it below by reflection. */
    readonly height: number;
}
/** A picture's extent: `Pixels`, or a texture. */
export interface PictureSize {
    readonly width: number;
    readonly height: number;
}
/**
 * Turns pixels into values 0..1, [channels,height,width], ignoring alpha. The padding on the right and below reflects without repeating the edge
 * pixel (torch.nn.functional.pad(mode="reflect")), and repeats the edge pixel along an axis where the picture is too small to reflect.
 * @throws EsrganError "bad-input" if the size asked for is smaller than the picture
 */
export declare const imageToTensor: {
    readonly name: "image-to-tensor";
    readonly outputShape: (picture: PictureSize, { channels, width, height }: ImageToTensorAttributes) => Shape;
};
/**
 * Refuses pixels whose data does not fit what they say of themselves.
 * @throws EsrganError "bad-input" naming the size, channels and bits
 */
export declare function requirePixels({ data, width, height, channels, bits }: Pixels): void;
