// Owns the order of convolution weights on the GPU. Every kernel indexes them by workgroup and loop counters alone.
import { channelBlocks } from "../ops/plane.js";
import { floatsToHalves } from "./half.js";
/**
 * Packs weights as `[group][phase][input block][tap][block of the group][input channel of the block]` of four output
 * channels, or the two swapped where vectors count inputs (there are phases and other taps than the kernel's where a transform makes
 * them), and bias with slopes as `[output block]` of four each, always f32. Output channels are ordered by the phases of a pixel
 * shuffle, so that a block of the convolution is a block of one output pixel.
 */
export function packConv(name, packing) {
    const { weight, segments, half, groupBlocks: group, transform, vector } = packing;
    const [outChannels, , kernel] = weight.shape;
    const outs = outputChannels(outChannels, packing.shuffle);
    const ins = inputChannels(segments);
    const { phases, taps } = transformOf(transform, kernel);
    const count = outs.length * ins.length * phases * taps;
    const layout = `${name} ${segments.join("+")}`;
    return {
        weights: {
            key: `${layout} weights ${transform} x${group} ${vector} ${half ? "f16" : "f32"}`,
            byteLength: count * (half ? 2 : 4),
            pack() {
                const halves = half && transform === "none" ? weight.halves?.() : undefined;
                if (halves)
                    return packWeights(packing, outs, ins, halves, new Uint16Array(count));
                const floats = packWeights(packing, outs, ins, weight.floats(), new Float32Array(count));
                return half ? floatsToHalves(floats) : floats;
            },
        },
        affine: {
            key: `${layout} affine`,
            byteLength: outs.length * 4 * (packing.slopes ? 2 : 1),
            pack: () => packAffine(packing, outs),
        },
    };
}
/** The channel each packed output lane computes, -1 for padding. */
function outputChannels(channels, { factor, order }) {
    const phases = factor * factor;
    const shuffled = channels / phases;
    const lanes = new Int32Array(channelBlocks(shuffled) * phases * 4).fill(-1);
    for (let c = 0; c < shuffled; c++) {
        for (let phase = 0; phase < phases; phase++) {
            lanes[((c >> 2) * phases + phase) * 4 + (c & 3)] =
                order === "pytorch" ? c * phases + phase : phase * shuffled + c;
        }
    }
    return lanes;
}
/** The channel of the concatenation each packed input lane reads, -1 for padding. */
function inputChannels(segments) {
    const lanes = [];
    let first = 0;
    for (const channels of segments) {
        for (let c = 0; c < channelBlocks(channels) * 4; c++)
            lanes.push(c < channels ? first + c : -1);
        first += channels;
    }
    return Int32Array.from(lanes);
}
/** Puts the values of `from` into `packed`, which is zero. Both hold floats, or, if nothing is computed, both bits of halves. */
function packWeights(packing, outs, ins, from, packed) {
    const [, inChannels, kernel] = packing.weight.shape;
    const group = packing.groupBlocks;
    const { phases, taps, apply } = transformOf(packing.transform, kernel);
    const tapStride = 16 * group;
    const blockStride = taps * tapStride;
    const phaseStride = (ins.length / 4) * blockStride;
    const kernelSize = kernel * kernel;
    const [outStride, inStride] = packing.vector === "outputs" ? [1, 4] : [4, 1];
    for (let out = 0; out < outs.length; out++) {
        const channel = outs[out];
        if (channel < 0)
            continue;
        const block = out >> 2;
        const groupBase = Math.floor(block / group) * phases * phaseStride + (block % group) * 16 + (out & 3) * outStride;
        for (let i = 0; i < ins.length; i++) {
            const inChannel = ins[i];
            if (inChannel < 0)
                continue;
            const source = (channel * inChannels + inChannel) * kernelSize;
            const first = groupBase + (i >> 2) * blockStride + (i & 3) * inStride;
            apply(from, source, packed, first, tapStride, phaseStride);
        }
    }
    return packed;
}
function transformOf(transform, kernel) {
    switch (transform) {
        case "none": {
            const taps = kernel * kernel;
            return {
                phases: 1,
                taps,
                apply(from, source, to, first, tapStride) {
                    for (let tap = 0, at = first; tap < taps; tap++, at += tapStride)
                        to[at] = from[source + tap];
                },
            };
        }
        case "winograd":
            return { phases: 1, taps: 16, apply: winograd };
        case "fold2":
            return { phases: 4, taps: 4, apply: fold2 };
    }
}
/** G g G^T with the rows of G (1, 0, 0), (1/2, 1/2, 1/2), (1/2, -1/2, 1/2), (0, 0, 1). */
const winograd = (from, source, to, first, tapStride) => {
    for (let x = 0; x < 3; x++) {
        const a = from[source + x];
        const b = from[source + 3 + x];
        const c = from[source + 6 + x];
        columns[x] = a;
        columns[3 + x] = (a + b + c) / 2;
        columns[6 + x] = (a - b + c) / 2;
        columns[9 + x] = c;
    }
    for (let y = 0, at = first; y < 4; y++, at += 4 * tapStride) {
        const a = columns[y * 3];
        const b = columns[y * 3 + 1];
        const c = columns[y * 3 + 2];
        to[at] = a;
        to[at + tapStride] = (a + b + c) / 2;
        to[at + 2 * tapStride] = (a - b + c) / 2;
        to[at + 3 * tapStride] = c;
    }
};
const columns = new Float64Array(12);
/** Sums the taps that fall on the same pixel of the small picture: for phase 0 taps 0 and 1 + 2, for phase 1 taps 0 + 1 and 2. */
const fold2 = (from, source, to, first, tapStride, phaseStride) => {
    for (let phaseY = 0; phaseY < 2; phaseY++) {
        for (let x = 0; x < 3; x++) {
            const a = from[source + x];
            const b = from[source + 3 + x];
            const c = from[source + 6 + x];
            columns[x] = phaseY === 0 ? a : a + b;
            columns[3 + x] = phaseY === 0 ? b + c : c;
        }
        for (let y = 0; y < 2; y++) {
            const a = columns[y * 3];
            const b = columns[y * 3 + 1];
            const c = columns[y * 3 + 2];
            const at = first + phaseY * 2 * phaseStride + y * 2 * tapStride;
            to[at] = a;
            to[at + tapStride] = b + c;
            to[at + phaseStride] = a + b;
            to[at + phaseStride + tapStride] = c;
        }
    }
};
function packAffine({ bias, slopes }, outs) {
    const packed = new Float32Array(outs.length * (slopes ? 2 : 1));
    const biases = bias?.floats();
    outs.forEach((channel, lane) => {
        if (channel < 0)
            return;
        packed[lane] = biases?.[channel] ?? 0;
        if (slopes)
            packed[outs.length + lane] = slopes[channel];
    });
    return packed;
}
