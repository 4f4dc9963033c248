// Owns the CPU tensor and its shape. The layout on the GPU is not here: see shaders/layout.wgsl.ts.
import { EsrganError } from "../errors.js";
/** Makes a tensor of `shape`, zero-filled or holding `data` (not copied, length C*H*W). */
export function tensor(shape, data = new Float32Array(elementCount(shape))) {
    if (data.length !== elementCount(shape)) {
        throw new EsrganError("bad-input", `A tensor ${formatShape(shape)} needs ${elementCount(shape)} values, got ${data.length}`);
    }
    return { channels: shape.channels, height: shape.height, width: shape.width, data };
}
export function elementCount(shape) {
    return shape.channels * shape.height * shape.width;
}
/** `[64,24,32]`, the form every message uses. */
export function formatShape(shape) {
    return `[${shape.channels},${shape.height},${shape.width}]`;
}
export function sameShape(a, b) {
    return a.channels === b.channels && a.height === b.height && a.width === b.width;
}
