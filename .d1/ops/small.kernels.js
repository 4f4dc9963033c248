// Owns the GPU kernels of the operations that are not convolutions. One kernel each: none of them costs enough to vary.
import { concatChannelsWgsl } from "../shaders/concat-channels.wgsl.js";
import { leakyReluWgsl, preluWgsl, scaledAddWgsl } from "../shaders/elementwise.wgsl.js";
import { imageToTensorWgsl, loadPixelWgsl, PICTURE_HEADER_WORDS, storePixelWgsl, tensorToImageWgsl, } from "../shaders/image.wgsl.js";
import { pixelShuffleWgsl, pixelUnshuffleWgsl, upsampleNearestWgsl } from "../shaders/rearrange.wgsl.js";
import { resizePixelsWgsl, resizeWgsl } from "../shaders/resize.wgsl.js";
import { constant, cover, input, kernelCall, OUTPUT, PICTURE_IN, PICTURE_OUT, TABLES, withWindow, } from "./kernel.js";
import { channelBlocks, plane as planeOf, roundUp } from "./plane.js";
import { resizeTaps } from "./resize.js";
const GROUP_X = 16;
const GROUP_Y = 4;
export function leakyReluKernel(spec, slope) {
    return simple(spec, { constants: { SLOPE: { f32: slope } }, text: [leakyReluWgsl] });
}
export function preluKernel(spec, slopes, node) {
    const data = {
        key: `${node} slopes`,
        byteLength: roundUp(spec.output.channels, 4) * 4,
        pack: () => padded(slopes.floats(), roundUp(spec.output.channels, 4)),
    };
    return simple(spec, { text: [preluWgsl], bind: [constant("slopes", "array<vec4f>", data)] });
}
export function scaledAddKernel(spec, alpha) {
    return simple(spec, {
        constants: { ALPHA: { f32: alpha } },
        bind: [input("source1", 1, spec.inputs[1])],
        planes: [{ plane: spec.inputs[1].plane }],
        text: [scaledAddWgsl],
    });
}
/** One dispatch an input, in order: each clears the lanes it shares with none of the inputs before it. */
export function concatKernels(spec) {
    let first = 0;
    return spec.inputs.map((tensor, index) => {
        const from = first;
        first += tensor.channels;
        const blocks = channelBlocks(first) - Math.floor(from / 4);
        const { width, height } = spec.output.plane;
        return kernelCall({
            variant: "copy",
            storage: spec.storage,
            constants: {
                FIRST_CHANNEL: { u32: from },
                CHANNELS: { u32: tensor.channels },
                OUT_CHANNELS: { u32: spec.output.channels },
            },
            bind: [input("source0", index, tensor), OUTPUT],
            planes: [{ plane: spec.output.plane }, { plane: tensor.plane }],
            text: [concatChannelsWgsl],
            workgroups: cover(width, height, blocks, GROUP_X, GROUP_Y),
        });
    });
}
export function pixelShuffleKernel(spec, factor, order) {
    return simple(spec, { constants: rearranged(spec, factor, order), text: [pixelShuffleWgsl] });
}
export function pixelUnshuffleKernel(spec, factor, order) {
    return simple(spec, { constants: rearranged(spec, factor, order), text: [pixelUnshuffleWgsl] });
}
export function upsampleNearestKernel(spec, factor) {
    return simple(spec, { constants: { FACTOR: { u32: factor } }, text: [upsampleNearestWgsl] });
}
export function resizeKernel(spec, attributes, node) {
    const from = spec.inputs[0].plane;
    const { mode, antialias, width, height } = attributes;
    const across = resizeTaps(mode, antialias, from.width, width);
    const down = resizeTaps(mode, antialias, from.height, height);
    const size = `${from.width}x${from.height}`;
    const table = (name, type, values) => constant(name, type, {
        key: `${node} ${name} ${size}`,
        byteLength: values.byteLength,
        pack: () => values,
    });
    return simple(spec, {
        aux: [across.count, down.count],
        bind: [
            table("startX", "array<i32>", across.start),
            table("weightsX", "array<f32>", across.weights),
            table("startY", "array<i32>", down.start),
            table("weightsY", "array<f32>", down.weights),
        ],
        text: [resizeWgsl],
    });
}
/** Bytes of a picture as the GPU reads it. */
export function pictureByteLength({ width, height, bits }) {
    return width * height * (bits / 2);
}
/** Bytes before the first pixel of a picture that the GPU writes; the first word is 1 where some value was no finite number. */
export const PICTURE_HEADER_BYTES = PICTURE_HEADER_WORDS * 4;
/** What a kernel that calls storePixel needs. */
export function pictureStore({ channels, bits, gray }) {
    return {
        binding: PICTURE_OUT,
        constants: {
            CHANNELS: { u32: channels },
            WORDS: { u32: bits / 8 },
            GRAY: { u32: gray ? 1 : 0 },
            HEADER: { u32: PICTURE_HEADER_WORDS },
        },
        text: storePixelWgsl,
    };
}
export function imageToTensorKernel(picture, output, storage) {
    return kernelCall({
        variant: "direct",
        storage,
        constants: { CHANNELS: { u32: output.channels }, IN_WORDS: { u32: picture.bits / 8 } },
        bind: [PICTURE_IN, OUTPUT],
        planes: [{ plane: output.plane }, { plane: planeOf(picture.width, picture.height, 0) }],
        text: [loadPixelWgsl, imageToTensorWgsl],
        workgroups: cover(output.plane.width, output.plane.height, 1, GROUP_X, GROUP_Y),
    });
}
/** Its planes say nothing yet of where the picture lies: see withOrigin and withWindow. */
export function tensorToImageKernel(tensor, pictureWidth, picture, storage) {
    const { width, height } = tensor.plane;
    const store = pictureStore({ ...picture, channels: tensor.channels });
    return kernelCall({
        variant: "direct",
        storage,
        constants: store.constants,
        bind: [input("source0", 0, tensor), store.binding],
        planes: [{ plane: { ...planeOf(width, height, 0), pitch: pictureWidth } }, { plane: tensor.plane }],
        text: [store.text, tensorToImageWgsl],
        workgroups: cover(width, height, 1, GROUP_X, GROUP_Y),
    });
}
/** Resizing of a window from pixels to pixels, with so many taps an output pixel along each axis. */
export function resizePixelsKernel(source, result, counts) {
    const store = pictureStore({ channels: 3, bits: result.bits, gray: false });
    const { width, height } = result;
    const call = kernelCall({
        variant: "direct",
        storage: "f32",
        constants: { ...store.constants, IN_WORDS: { u32: source.bits / 8 } },
        bind: [PICTURE_IN, TABLES, store.binding],
        planes: [
            { plane: { ...planeOf(width, height, 0), pitch: width }, aux: [counts.x, counts.y] },
            { plane: { ...planeOf(source.width, source.height, 0), pitch: source.width } },
        ],
        text: [loadPixelWgsl, store.text, resizePixelsWgsl],
        workgroups: cover(width, height, 1, GROUP_X, GROUP_Y),
    });
    return { ...call, planes: withWindow(call.planes, [0, 0, width, height]) };
}
function simple(spec, parts) {
    const { plane } = spec.output;
    return kernelCall({
        variant: "direct",
        storage: spec.storage,
        constants: parts.constants ?? {},
        bind: [input("source0", 0, spec.inputs[0]), OUTPUT, ...(parts.bind ?? [])],
        planes: [{ plane, aux: parts.aux ?? [] }, { plane: spec.inputs[0].plane }, ...(parts.planes ?? [])],
        text: parts.text,
        workgroups: cover(plane.width, plane.height, channelBlocks(spec.output.channels), GROUP_X, GROUP_Y),
    });
}
function rearranged(spec, factor, order) {
    return {
        FACTOR: { u32: factor },
        CHANNELS: { u32: spec.output.channels },
        PYTORCH_ORDER: { u32: order === "pytorch" ? 1 : 0 },
    };
}
function padded(values, length) {
    const out = new Float32Array(length);
    out.set(values);
    return out;
}
