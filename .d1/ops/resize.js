// Owns resizing to any size: the shape rule, the cost and the table of taps that the GPU kernel reads. The CPU reference computes its taps by
// itself, so that each checks the other.
import { requireOneInput, requirePositiveInteger } from "./checks.js";
import { resizeReference } from "./resize.reference.js";
import { tensor } from "./tensor.js";
const NAME = "resize";
/**
 * Resizes by bilinear or bicubic interpolation: [C,H,W] -> [C,height,width].
 * Matches torch.nn.functional.interpolate(size, mode, align_corners=False, antialias).
 * @throws EsrganError "bad-input" if the size is not of positive integers
 */
export const resize = {
    name: NAME,
    outputShape,
    flops(inputs, attributes) {
        const { channels, height, width } = outputShape(inputs, attributes);
        const input = inputs[0];
        const across = width * input.height * tapSpan(attributes.mode, attributes.antialias, input.width, width);
        const down = width * height * tapSpan(attributes.mode, attributes.antialias, input.height, height);
        return 2 * channels * (across + down);
    },
    reference(inputs, attributes) {
        return resizeReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
    },
};
function outputShape(inputs, { width, height }) {
    const { channels } = requireOneInput(NAME, inputs);
    requirePositiveInteger(NAME, "width", width);
    requirePositiveInteger(NAME, "height", height);
    return { channels, height, width };
}
/**
 * The taps of one axis, summing to 1 for each output. Taps beyond an edge are folded into the edge's, or left out when
 * antialiasing; where the picture `wraps` there are no edges, and `start` may lie before the first pixel.
 */
export function resizeTaps(mode, antialias, inSize, outSize, wraps = false) {
    const scale = inSize / outSize;
    const stretch = antialias ? Math.max(scale, 1) : 1;
    const support = SUPPORT[mode] * stretch;
    const count = wraps ? Math.ceil(2 * support) : tapSpan(mode, antialias, inSize, outSize);
    const start = new Int32Array(outSize);
    const weights = new Float32Array(outSize * count);
    const row = new Float64Array(count);
    for (let i = 0; i < outSize; i++) {
        const center = (i + 0.5) * scale - 0.5;
        const first = Math.floor(center - support) + 1;
        const last = Math.ceil(center + support) - 1;
        const from = wraps ? first : clamp(first, 0, inSize - count);
        row.fill(0);
        let total = 0;
        for (let tap = first; tap <= last; tap++) {
            if (!wraps && antialias && (tap < 0 || tap >= inSize))
                continue;
            const weight = filter(mode, antialias, (tap - center) / stretch);
            row[(wraps ? tap : clamp(tap, 0, inSize - 1)) - from] += weight;
            total += weight;
        }
        start[i] = from;
        for (let k = 0; k < count; k++)
            weights[i * count + k] = row[k] / total;
    }
    return { start, count, weights };
}
const SUPPORT = { bilinear: 1, bicubic: 2 };
/** No output has more taps than this: the filter is zero at the ends of its support, which are left out. */
function tapSpan(mode, antialias, inSize, outSize) {
    const stretch = antialias ? Math.max(inSize / outSize, 1) : 1;
    return Math.min(Math.ceil(2 * SUPPORT[mode] * stretch), inSize);
}
function filter(mode, antialias, distance) {
    const x = Math.abs(distance);
    if (mode === "bilinear")
        return Math.max(1 - x, 0);
    // PyTorch follows OpenCV's cubic, and Pillow's where it antialiases.
    const a = antialias ? -0.5 : -0.75;
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return ((x - 5) * x + 8) * x * a - 4 * a;
    return 0;
}
function clamp(value, low, high) {
    return Math.min(Math.max(value, low), high);
}
