// Owns the order of convolution weights on the GPU. Every kernel indexes them by workgroup and loop counters alone.

import type { WeightOrder, WeightTransform } from "../ops/conv2d.kernels.js";
import type { ConstantData } from "../ops/kernel.js";
import type { Parameter } from "../ops/op.js";
import { channelBlocks, roundUp } from "../ops/plane.js";
import { floatsToHalves } from "./half.js";

/** What the packing of a convolution depends on. */
export interface ConvPacking extends WeightOrder {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  /** PReLU slopes, one a channel. */
  readonly slopes: Parameter | undefined;
  /** Channels of each concatenated input: each is padded to whole blocks. */
  readonly segments: readonly number[];
  readonly shuffle: { readonly factor: number; readonly order: "pytorch" | "tensorflow" };
  readonly half: boolean;
}

/**
 * Packs weights as `[group][phase][input block][tap][block of the group][input channel of the block]` of four output
 * channels, or the two swapped where vectors count inputs, with more input channels side by side where they are matrices
 * (there are phases and other taps than the kernel's where a transform makes them), and bias with slopes as
 * `[output block]` of four each, always f32. Output channels are ordered by the phases of a pixel shuffle, so that a block
 * of the convolution is a block of one output pixel.
 */
export function packConv(name: string, packing: ConvPacking): { weights: ConstantData; affine: ConstantData } {
  const { weight, segments, half, groupBlocks: group, transform } = packing;
  const [outChannels, , kernel] = weight.shape as [number, number, number, number];
  const outs = outputChannels(outChannels, packing.shuffle);
  const { phases, taps } = transformOf(transform, kernel);
  const { inputs, outputs, vector } = tapOf(packing);
  const ins = inputChannels(segments).slice(0, inputs < 4 ? inputs : undefined);
  const count = (outs.length / (4 * group)) * outputs * roundUp(ins.length, inputs) * phases * taps;
  const layout = `${name} ${segments.join("+")}`;
  const order = packing.matrix ? `${inputs}x${packing.matrix.outputs}` : `${vector} ${inputs}`;
  return {
    weights: {
      key: `${layout} weights ${transform} x${group} ${order} ${half ? "f16" : "f32"}`,
      byteLength: count * (half ? 2 : 4),
      pack() {
        const halves = half && transform === "none" ? weight.halves?.() : undefined;
        if (halves) return packWeights(packing, outs, ins, halves, new Uint16Array(count));
        const floats = packWeights(packing, outs, ins, weight.floats(), new Float32Array(count));
        return half ? (floatsToHalves(floats) as Uint16Array<ArrayBuffer>) : floats;
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
function outputChannels(channels: number, { factor, order }: ConvPacking["shuffle"]): Int32Array {
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
function inputChannels(segments: readonly number[]): Int32Array {
  const lanes: number[] = [];
  let first = 0;
  for (const channels of segments) {
    for (let c = 0; c < channelBlocks(channels) * 4; c++) lanes.push(c < channels ? first + c : -1);
    first += channels;
  }
  return Int32Array.from(lanes);
}

/** Input and output channels of the weights that one tap has side by side, and which of them vectors count. */
function tapOf({ weight, segments, groupBlocks, vector, trims, matrix = { inputs: 4, outputs: 4 } }: ConvPacking) {
  if (trims === "both" && weight.shape[0] === 1) return { inputs: 4, outputs: 1, vector: "inputs" } as const;
  const inputs = trims && segments.length === 1 ? Math.min(segments[0]!, 4) : matrix.inputs;
  return { inputs, outputs: roundUp(4 * groupBlocks, matrix.outputs), vector };
}

/** Puts the values of `from` into `packed`, which is zero. Both hold floats, or, if nothing is computed, both bits of halves. */
function packWeights<Values extends Float32Array | Uint16Array>(
  packing: ConvPacking,
  outs: Int32Array,
  ins: Int32Array,
  from: ArrayLike<number>,
  packed: Values,
): Values {
  const [, inChannels, kernel] = packing.weight.shape as [number, number, number, number];
  const group = packing.groupBlocks;
  const { phases, taps, apply } = transformOf(packing.transform, kernel);
  const { inputs, outputs, vector } = tapOf(packing);
  const tapStride = inputs * outputs;
  const chunkStride = taps * tapStride;
  const phaseStride = Math.ceil(ins.length / inputs) * chunkStride;
  const kernelSize = kernel * kernel;
  const [outStride, inStride] = vector === "outputs" ? [1, 4] : [inputs, 1];
  for (let out = 0; out < outs.length; out++) {
    const channel = outs[out]!;
    if (channel < 0) continue;
    const block = out >> 2;
    const inGroup = (block % group) * 4 * inputs + (out & 3) * outStride;
    const groupBase = Math.floor(block / group) * phases * phaseStride + inGroup;
    for (let i = 0; i < ins.length; i++) {
      const inChannel = ins[i]!;
      if (inChannel < 0) continue;
      const source = (channel * inChannels + inChannel) * kernelSize;
      const first = groupBase + Math.floor(i / inputs) * chunkStride + (i % inputs) * inStride;
      apply(from, source, packed, first, tapStride, phaseStride);
    }
  }
  return packed;
}

/** Writes the taps of one pair of channels, which start at `from[source]`: tap t of phase p to `to[first + t * tapStride + p * phaseStride]`. */
type ApplyTransform = (
  from: ArrayLike<number>,
  source: number,
  to: Float32Array | Uint16Array,
  first: number,
  tapStride: number,
  phaseStride: number,
) => void;

function transformOf(
  transform: WeightTransform,
  kernel: number,
): { readonly phases: number; readonly taps: number; readonly apply: ApplyTransform } {
  switch (transform) {
    case "none": {
      const taps = kernel * kernel;
      return {
        phases: 1,
        taps,
        apply(from, source, to, first, tapStride) {
          for (let tap = 0, at = first; tap < taps; tap++, at += tapStride) to[at] = from[source + tap]!;
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
const winograd: ApplyTransform = (from, source, to, first, tapStride) => {
  for (let x = 0; x < 3; x++) {
    const a = from[source + x]!;
    const b = from[source + 3 + x]!;
    const c = from[source + 6 + x]!;
    columns[x] = a;
    columns[3 + x] = (a + b + c) / 2;
    columns[6 + x] = (a - b + c) / 2;
    columns[9 + x] = c;
  }
  for (let y = 0, at = first; y < 4; y++, at += 4 * tapStride) {
    const a = columns[y * 3]!;
    const b = columns[y * 3 + 1]!;
    const c = columns[y * 3 + 2]!;
    to[at] = a;
    to[at + tapStride] = (a + b + c) / 2;
    to[at + 2 * tapStride] = (a - b + c) / 2;
    to[at + 3 * tapStride] = c;
  }
};

const columns = new Float64Array(12);

/** Sums the taps that fall on the same pixel of the small picture: for phase 0 taps 0 and 1 + 2, for phase 1 taps 0 + 1 and 2. */
const fold2: ApplyTransform = (from, source, to, first, tapStride, phaseStride) => {
  for (let phaseY = 0; phaseY < 2; phaseY++) {
    for (let x = 0; x < 3; x++) {
      const a = from[source + x]!;
      const b = from[source + 3 + x]!;
      const c = from[source + 6 + x]!;
      columns[x] = phaseY === 0 ? a : a + b;
      columns[3 + x] = phaseY === 0 ? b + c : c;
    }
    for (let y = 0; y < 2; y++) {
      const a = columns[y * 3]!;
      const b = columns[y * 3 + 1]!;
      const c = columns[y * 3 + 2]!;
      const at = first + phaseY * 2 * phaseStride + y * 2 * tapStride;
      to[at] = a;
      to[at + tapStride] = b + c;
      to[at + phaseStride] = a + b;
      to[at + phaseStride + tapStride] = c;
    }
  }
};

function packAffine({ bias, slopes }: ConvPacking, outs: Int32Array): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(outs.length * (slopes ? 2 : 1));
  const [biases, factors] = [bias?.floats(), slopes?.floats()];
  outs.forEach((channel, lane) => {
    if (channel < 0) return;
    packed[lane] = biases?.[channel] ?? 0;
    if (factors) packed[outs.length + lane] = factors[channel]!;
  });
  return packed;
}
