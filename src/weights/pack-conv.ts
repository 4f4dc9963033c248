// Owns the order of convolution weights on the GPU. Every kernel indexes them by workgroup and loop counters alone.

import type { ConstantData } from "../ops/kernel.js";
import type { Parameter } from "../ops/op.js";
import { channelBlocks } from "../ops/plane.js";
import { floatsToHalves } from "./half.js";

/** What the packing of a convolution depends on. */
export interface ConvPacking {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  /** PReLU slopes, one a channel. */
  readonly slopes: Float32Array | undefined;
  /** Channels of each concatenated input: each is padded to whole blocks. */
  readonly segments: readonly number[];
  readonly shuffle: { readonly factor: number; readonly order: "pytorch" | "tensorflow" };
  /** Output channel blocks one invocation computes. */
  readonly groupBlocks: number;
  readonly half: boolean;
}

/**
 * Packs weights as `[group][input block][tap][input channel of the block][block of the group]` of four output channels,
 * and bias with slopes as `[output block]` of four each, always f32. Output channels are ordered by the phases of a pixel
 * shuffle, so that a block of the convolution is a block of one output pixel.
 */
export function packConv(name: string, packing: ConvPacking): { weights: ConstantData; affine: ConstantData } {
  const { weight, segments, half, groupBlocks: group } = packing;
  const [outChannels, , kernel] = weight.shape as [number, number, number, number];
  const outs = outputChannels(outChannels, packing.shuffle);
  const ins = inputChannels(segments);
  const count = outs.length * ins.length * kernel * kernel;
  const layout = `${name} ${segments.join("+")}`;
  return {
    weights: {
      key: `${layout} weights x${group} ${half ? "f16" : "f32"}`,
      byteLength: count * (half ? 2 : 4),
      pack() {
        const floats = packWeights(packing, outs, ins);
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

function packWeights(packing: ConvPacking, outs: Int32Array, ins: Int32Array): Float32Array<ArrayBuffer> {
  const [, inChannels, kernel] = packing.weight.shape as [number, number, number, number];
  const from = packing.weight.floats();
  const group = packing.groupBlocks;
  const taps = kernel * kernel;
  const packed = new Float32Array(outs.length * ins.length * taps);
  const tapStride = 16 * group;
  for (let out = 0; out < outs.length; out++) {
    const channel = outs[out]!;
    if (channel < 0) continue;
    const block = out >> 2;
    const groupBase = Math.floor(block / group) * (ins.length / 4);
    const lane = (block % group) * 4 + (out & 3);
    for (let i = 0; i < ins.length; i++) {
      const inChannel = ins[i]!;
      if (inChannel < 0) continue;
      const source = (channel * inChannels + inChannel) * taps;
      let at = (groupBase + (i >> 2)) * taps * tapStride + (i & 3) * 4 * group + lane;
      for (let tap = 0; tap < taps; tap++, at += tapStride) packed[at] = from[source + tap]!;
    }
  }
  return packed;
}

function packAffine({ bias, slopes }: ConvPacking, outs: Int32Array): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(outs.length * (slopes ? 2 : 1));
  const biases = bias?.floats();
  outs.forEach((channel, lane) => {
    if (channel < 0) return;
    packed[lane] = biases?.[channel] ?? 0;
    if (slopes) packed[outs.length + lane] = slopes[channel]!;
  });
  return packed;
}
