// Owns the layers of networks that are thin or have large kernels, as their papers state them: what compilers make of those is held
// against 64->64.

import type { Activation } from "../../src/ops/op.js";

export interface Layer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly activation: "prelu" | Activation;
  /** Of a transposed convolution. */
  readonly stride?: number;
  /** How many there are of it. */
  readonly count: number;
}

export interface ThinNetwork {
  readonly name: string;
  readonly layers: readonly Layer[];
}

const NONE: Activation = { kind: "none" };
const RELU: Activation = { kind: "relu" };
const TANH: Activation = { kind: "tanh" };

export const THIN_NETWORKS: readonly ThinNetwork[] = [
  { name: "FSRCNN x2", layers: fsrcnn({ wide: 56, thin: 12, maps: 4 }) },
  { name: "FSRCNN-s x2", layers: fsrcnn({ wide: 32, thin: 5, maps: 1 }) },
  { name: "SRCNN 9-1-5", layers: [layer(1, 64, 9, RELU), layer(64, 32, 1, RELU), layer(32, 1, 5)] },
  { name: "ESPCN x2", layers: [layer(1, 64, 5, TANH), layer(64, 32, 3, TANH), layer(32, 4, 3)] },
  { name: "VDSR", layers: [layer(1, 64, 3, RELU), { ...layer(64, 64, 3), count: 18 }, layer(64, 1, 3)] },
  { name: "SRResNet's ends", layers: [layer(3, 64, 9, "prelu"), layer(64, 3, 9)] },
];

/** Multiply-accumulates of all layers of this shape for a pixel of their input, as the network means it: without padding. */
export function layerMacs({ inChannels, outChannels, kernel, count }: Layer): number {
  return inChannels * outChannels * kernel ** 2 * count;
}

/** The name of the layer's shape class. */
export function layerShape({ inChannels, outChannels, kernel, activation, stride }: Layer): string {
  const words = [
    `${inChannels}->${outChannels}`,
    kernel === 3 ? "" : `${kernel}x${kernel}`,
    stride === undefined ? "" : `transposed ${stride}x`,
    activation === "prelu" ? "prelu" : "",
    typeof activation !== "string" && activation.kind === "tanh" ? "tanh" : "",
  ];
  return words.filter(Boolean).join(" ");
}

function layer(inChannels: number, outChannels: number, kernel: number, activation: Layer["activation"] = NONE): Layer {
  return { inChannels, outChannels, kernel, activation, count: 1 };
}

function fsrcnn({ wide, thin, maps }: { wide: number; thin: number; maps: number }): Layer[] {
  return [
    layer(1, wide, 5, "prelu"),
    layer(wide, thin, 1, "prelu"),
    { ...layer(thin, thin, 3, "prelu"), count: maps },
    layer(thin, wide, 1, "prelu"),
    { ...layer(wide, 1, 9), stride: 2 },
  ];
}
