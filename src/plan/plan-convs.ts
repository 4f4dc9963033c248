// Owns which variant computes each convolution of a placed network, and which of them share a pipeline.

import type { FusedConv } from "../graph/fuse.js";
import { slopesOf } from "../ops/activation.js";
import {
  type ConvForm,
  type ConvSpec,
  type ConvVariant,
  convOutBlocks,
  type OperandCounts,
  packingOf,
  pipelineClass,
} from "../ops/conv2d.kernels.js";
import type { StepBits } from "../ops/pixels.js";
import { plane as planeOf } from "../ops/plane.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import { packConv } from "../weights/pack-conv.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { chooseConv } from "./choose-kernel.js";
import { isInTail, type PlacedNetwork, rangeOf, rangeOfValue, runsOf, tensorOf } from "./place.js";
import type { PlannedRange } from "./runnable-plan.js";

/** What decides the kernels beside the network. */
export interface KernelChoice {
  readonly device: DeviceCapabilities;
  /** Overrides the choice by device where it gives a variant, which must support the form. */
  readonly chooseConv?: ConvChooser | undefined;
}

/** The variant for a form, in a network of `flops`; undefined leaves it to the table of devices. */
export type ConvChooser = (form: ConvForm, flops: number) => ConvVariant | undefined;

/** The picture that the last convolution stores. */
export interface StoredPicture {
  readonly bits: StepBits;
  /** The result is the luma. */
  readonly gray: boolean;
}

/** How one convolution is computed, and where its operands lie. */
export interface PlannedConv {
  readonly variant: ConvVariant;
  readonly spec: ConvSpec;
  readonly reads: readonly PlannedRange[];
  readonly writes: PlannedRange | undefined;
  /** Operands that its pipeline takes; undefined where it shares none. */
  readonly operandCapacity: OperandCounts | undefined;
}

/** Plans every convolution; `store` is what the one that stores a picture stores. */
export function* planConvs(
  placed: PlacedNetwork,
  choice: KernelChoice,
  store: StoredPicture | undefined,
): WorkInPieces<ReadonlyMap<FusedConv, PlannedConv>> {
  const flops = networkFlops(placed);
  const planned: ({ readonly conv: FusedConv } & ReturnType<typeof planConv>)[] = [];
  for (const conv of placed.memory.nodes) {
    if (conv.op !== "conv2d") continue;
    planned.push({ conv, ...planConv(placed, conv, choice, flops, store) });
    yield;
  }
  const capacities = new Map<string, OperandCounts>();
  for (const { sharedName, spec } of planned) {
    if (sharedName === undefined) continue;
    const { sources = 0, residuals = 0 } = capacities.get(sharedName) ?? {};
    capacities.set(sharedName, {
      sources: Math.max(sources, spec.sources.length),
      residuals: Math.max(residuals, spec.residuals.length),
    });
  }
  return new Map(
    planned.map(({ conv, sharedName, ...each }) => [
      conv,
      {
        ...each,
        operandCapacity: sharedName === undefined ? undefined : capacities.get(sharedName),
      },
    ]),
  );
}

/** What selects the variants that can compute a convolution. */
export function formOf({ weight, upsample, shuffle }: FusedConv): ConvForm {
  return { kernel: weight.shape[2]!, upsample, shuffle: shuffle.factor };
}

/** The FLOPs of all convolutions, as often as they run. */
export function networkFlops(placed: PlacedNetwork): number {
  return placed.memory.nodes.reduce((sum, node) => {
    if (node.op !== "conv2d") return sum;
    const runs = isInTail(placed, node.output) ? placed.windows.length : 1;
    return sum + convFlops(placed, node) * runs;
  }, 0);
}

/** The work of the convolution as the network means it, whatever the kernel saves. */
export function convFlops({ memory }: PlacedNetwork, { weight, output, shuffle }: FusedConv): number {
  const { width, height } = memory.values[output]!.shape;
  const weights = weight.shape.reduce((product, n) => product * n, 1);
  return (2 * weights * width * height) / shuffle.factor ** 2;
}

/** The constants of a convolution. */
export function packedConv(
  { memory, storage }: PlacedNetwork,
  conv: FusedConv,
  { variant, spec }: PlannedConv,
): ReturnType<typeof packConv> {
  return packConv(conv.name, {
    weight: conv.weight,
    bias: conv.bias,
    slopes: slopesOf(conv.activation),
    segments: conv.inputs.map((id) => memory.values[id]!.shape.channels),
    shuffle: conv.shuffle,
    ...packingOf(variant, spec, convOutBlocks(spec.outChannels, spec.shuffle)),
    half: storage !== "f32",
  });
}

function planConv(
  placed: PlacedNetwork,
  conv: FusedConv,
  { device, chooseConv: override }: KernelChoice,
  flops: number,
  store: StoredPicture | undefined,
): Omit<PlannedConv, "operandCapacity"> & { readonly sharedName: string | undefined } {
  const { values, placements } = placed.memory;
  const form = formOf(conv);
  const variant = override?.(form, flops) ?? chooseConv(device, form, placed.storage, flops);
  const runs = runsOf(placed, conv.inputs);
  const destination = placements.get(conv.output);
  const { shape, plane } = values[conv.output]!;
  const picture = destination ? undefined : store;
  const common = {
    ...form,
    outChannels: conv.weight.shape[0]!,
    activation: conv.activation,
    alpha: conv.alpha,
    residuals: conv.residuals.map(({ value, beta, upsample }) => ({
      ...tensorOf(placed, value, conv.output),
      beta,
      upsample,
    })),
    picture: picture && { channels: shape.channels, ...picture },
    destination: picture ? { ...planeOf(shape.width, shape.height, 0), pitch: placed.result.width, size: 0 } : plane,
  };
  const sharedName = pipelineClass(variant, common);
  const residuals = conv.residuals.map(({ value }) => placements.get(value)!);
  const slots = [...runs, ...residuals].map(({ slot }) => slot);
  // Later sources of a class are bound alike, whether or not the output lies beside them.
  const isWritable = (slot: number, index: number) =>
    slot === destination?.slot ||
    (sharedName !== undefined && index > 0 && slots.filter((at) => at === slot).length === 1);
  const from = values[conv.inputs[0]!]!.plane;
  // A larger result begins above and to the left of what it is made of.
  const source = { ...from, origin: from.origin - conv.grow * (from.pitch + 1) };
  const spec: ConvSpec = {
    ...common,
    sources: runs.map(({ slot, blocks }, index) => ({
      plane: source,
      channels: conv.inputs.length === 1 ? values[conv.inputs[0]!]!.shape.channels : blocks * 4,
      blocks,
      access: isWritable(slot, index) ? "read_write" : "read",
    })),
  };
  const reads = [
    ...runs.map((run) => rangeOf(placed, run)),
    ...conv.residuals.map(({ value }) => rangeOfValue(placed, value)),
  ];
  return { variant, spec, reads, writes: destination && rangeOf(placed, destination), sharedName };
}
