import type { Storage } from "../shaders/kernel.js";
import { type KernelCall, type KernelTensor } from "./kernel.js";
import type { Parameter } from "./op.js";
import { type Plane } from "./plane.js";
import { type ResizeAttributes } from "./resize.js";
/** The operands of a kernel, placed. */
export interface SmallSpec {
    readonly storage: Storage;
    readonly inputs: readonly KernelTensor[];
    readonly output: {
        readonly plane: Plane;
        readonly channels: number;
    };
}
export declare function leakyReluKernel(spec: SmallSpec, slope: number): KernelCall;
export declare function preluKernel(spec: SmallSpec, slopes: Parameter, node: string): KernelCall;
export declare function scaledAddKernel(spec: SmallSpec, alpha: number): KernelCall;
/** One dispatch an input, in order: each clears the lanes it shares with none of the inputs before it. */
export declare function concatKernels(spec: SmallSpec): KernelCall[];
export declare function pixelShuffleKernel(spec: SmallSpec, factor: number, order: "pytorch" | "tensorflow"): KernelCall;
export declare function pixelUnshuffleKernel(spec: SmallSpec, factor: number, order: "pytorch" | "tensorflow"): KernelCall;
export declare function upsampleNearestKernel(spec: SmallSpec, factor: number): KernelCall;
export declare function resizeKernel(spec: SmallSpec, attributes: ResizeAttributes, node: string): KernelCall;
/** `bits` a channel of the packed picture, whose pixels are RGBA words. */
export interface PictureSpec {
    readonly width: number;
    readonly height: number;
    readonly bits: 8 | 16;
}
/** Bytes of a picture as the GPU reads it. */
export declare function pictureByteLength({ width, height, bits }: PictureSpec): number;
/** Bytes before the first pixel of a picture that the GPU writes; the first word is 1 where some value was no finite number. */
export declare const PICTURE_HEADER_BYTES: number;
/** A picture that a kernel writes: `channels` are the tensor's, `gray` stores the luma. */
export interface PictureStore {
    readonly channels: number;
    readonly bits: 8 | 16;
    readonly gray: boolean;
}
/** What a kernel that calls storePixel needs. */
export declare function pictureStore({ channels, bits, gray }: PictureStore): {
    readonly binding: readonly [{
        readonly name: "pixels";
        readonly access: "read_write";
        readonly type: "array<u32>";
    }, {
        readonly kind: "picture-out";
    }];
    readonly constants: {
        readonly CHANNELS: {
            readonly u32: number;
        };
        readonly WORDS: {
            readonly u32: number;
        };
        readonly GRAY: {
            readonly u32: 0 | 1;
        };
        readonly HEADER: {
            readonly u32: 4;
        };
    };
    readonly text: "\nconst STORE_LUMA = vec3f(0.299, 0.587, 0.114);\n\nfn storePixel(position: vec2u, values: vec4f) {\n  if (any(position < planes.window.xy) || any(position >= planes.window.zw)) { return; }\n  var color = values.rgb;\n  if (CHANNELS == 1u) { color = values.rrr; }\n  if (GRAY == 1u && CHANNELS == 3u) { color = vec3f(dot(color, STORE_LUMA)); }\n  // By its bits: compilers may take it for granted that x == x.\n  let exponents = bitcast<vec3u>(color) & vec3u(0x7f800000u);\n  if (any(exponents == vec3u(0x7f800000u))) { pixels[0] = 1u; }\n  color = clamp(color, vec3f(0), vec3f(1));\n  let at = HEADER + (planes.dst.origin + position.y * planes.dst.pitch + position.x) * WORDS;\n  if (WORDS == 1u) {\n    let levels = vec3u(floor(color * 255.0 + 0.5));\n    pixels[at] = levels.r | (levels.g << 8u) | (levels.b << 16u) | 0xff000000u;\n  } else {\n    let levels = vec3u(floor(color * 65535.0 + 0.5));\n    pixels[at] = levels.r | (levels.g << 16u);\n    pixels[at + 1u] = levels.b | 0xffff0000u;\n  }\n}";
};
export declare function imageToTensorKernel(picture: PictureSpec, output: SmallSpec["output"], storage: Storage): KernelCall;
/** Its planes say nothing yet of where the picture lies: see withOrigin and withWindow. */
export declare function tensorToImageKernel(tensor: KernelTensor, pictureWidth: number, picture: Omit<PictureStore, "channels">, storage: Storage): KernelCall;
/** Resizing of a window from pixels to pixels, with so many taps an output pixel along each axis. */
export declare function resizePixelsKernel(source: PictureSpec, result: PictureSpec, counts: {
    readonly x: number;
    readonly y: number;
}): KernelCall;
