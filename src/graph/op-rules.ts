// Owns what the graph knows of each operation: one row for each, and an operation without a row does not compile. The
// builder, the validation, fusion, the reach and the tail read it. How an operation computes is ops/.

import { activate } from "../ops/activate.js";
import { slopesOf } from "../ops/activation.js";
import { concatChannels } from "../ops/concat-channels.js";
import { type ConvTranspose2dAttributes, convTranspose2d, transposedSpan } from "../ops/conv-transpose2d.js";
import { type Conv2dAttributes, conv2d, growthOf } from "../ops/conv2d.js";
import { type LeakyReluAttributes, leakyRelu } from "../ops/leaky-relu.js";
import type { Activation, CurvedActivation, Op, Parameter } from "../ops/op.js";
import { type PixelShuffleAttributes, pixelShuffle, type ShuffleForm } from "../ops/pixel-shuffle.js";
import { pixelUnshuffle } from "../ops/pixel-unshuffle.js";
import { type PreluAttributes, prelu } from "../ops/prelu.js";
import { type ResizeAttributes, resize, resizeSpan } from "../ops/resize.js";
import { type ScaledAddAttributes, scaledAdd } from "../ops/scaled-add.js";
import { type UpsampleNearestAttributes, upsampleNearest } from "../ops/upsample-nearest.js";
import type { GraphNode, Value } from "./graph.js";

/** The attributes of each operation a graph may hold. */
export interface OpAttributes {
  conv2d: Conv2dAttributes;
  "conv-transpose2d": ConvTranspose2dAttributes;
  "leaky-relu": LeakyReluAttributes;
  prelu: PreluAttributes;
  activate: CurvedActivation;
  "concat-channels": Record<string, never>;
  "scaled-add": ScaledAddAttributes;
  "pixel-shuffle": PixelShuffleAttributes;
  "pixel-unshuffle": ShuffleForm;
  "upsample-nearest": UpsampleNearestAttributes;
  resize: ResizeAttributes;
}

export type OpName = keyof OpAttributes;

/** What of a value is known before its size. */
export type ValueForm = Pick<Value, "channels" | "scale" | "margin">;

/** Pixels along one axis, from `first` to `last`. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** How an operation is done in the epilogue of the convolution before it, made of its attributes. */
export type Fusion<A> =
  | { readonly into: "activation"; of(attributes: A): Activation }
  | { readonly into: "shuffle"; of(attributes: A): ShuffleForm | undefined }
  /** The factor on the first input. */
  | { readonly into: "residual"; of(attributes: A): number }
  | { readonly into: "nothing" };

export interface OpRule<A> {
  readonly op: Op<A>;
  readonly arity: "one" | "two" | "many";
  /** Of inputs that fit. */
  output(inputs: readonly [ValueForm, ...ValueForm[]], attributes: A): ValueForm;
  /** The end of a sentence that says what does not fit, though arity and scales do; undefined where all does. */
  misfit(inputs: readonly [Value, ...Value[]], attributes: A): string | undefined;
  /** The pixels of the inputs that the output's pixels of `span` are made of, along one axis, as if there were no border. */
  reads(span: Span, attributes: A): Span;
  readonly fusion: Fusion<A>;
  /**
   * Whether it may stand in the tail, which runs on windows: the same at each whole pixel of the trunk, and with a kernel
   * that needs nothing of the size of the whole.
   */
  readonly runsInWindows: boolean;
}

export const OP_RULES: { readonly [K in OpName]: OpRule<OpAttributes[K]> } = {
  conv2d: {
    op: conv2d,
    arity: "one",
    output: ([{ scale, margin }], attributes) => ({
      channels: attributes.weight.shape[0]!,
      scale,
      margin: margin + growthOf(attributes.weight, attributes),
    }),
    misfit: convMisfit,
    reads({ first, last }, attributes) {
      const reach = (attributes.weight.shape[2]! - 1) / 2;
      const grow = growthOf(attributes.weight, attributes);
      return { first: first - grow - reach, last: last - grow + reach };
    },
    fusion: { into: "nothing" },
    runsInWindows: true,
  },
  "conv-transpose2d": {
    op: convTranspose2d,
    arity: "one",
    output: ([input], { weight, stride }) => ({ ...times(input, stride), channels: weight.shape[1]! }),
    misfit: transposedMisfit,
    reads: ({ first, last }, attributes) => ({
      // Where a pixel's kernel is cut by the stride, its neighbour's may reach further.
      first: Math.min(...range(first, last).map((at) => transposedSpan(attributes, at)[0])),
      last: Math.max(...range(first, last).map((at) => transposedSpan(attributes, at)[1])),
    }),
    fusion: { into: "nothing" },
    runsInWindows: false,
  },
  "leaky-relu": {
    op: leakyRelu,
    arity: "one",
    output: unchanged,
    misfit: fits,
    reads: itself,
    fusion: { into: "activation", of: ({ slope }) => ({ kind: "leaky-relu", slope }) },
    runsInWindows: true,
  },
  prelu: {
    op: prelu,
    arity: "one",
    output: unchanged,
    misfit: ([{ channels }], { slopes }) => parameterMisfit(slopes, channels),
    reads: itself,
    fusion: { into: "activation", of: ({ slopes }) => ({ kind: "prelu", slopes }) },
    runsInWindows: true,
  },
  activate: {
    op: activate,
    arity: "one",
    output: unchanged,
    misfit: fits,
    reads: itself,
    fusion: { into: "activation", of: (activation) => activation },
    runsInWindows: true,
  },
  "concat-channels": {
    op: concatChannels,
    arity: "many",
    output: (inputs) => ({
      ...unchanged(inputs),
      channels: inputs.reduce((sum, { channels }) => sum + channels, 0),
    }),
    misfit: fits,
    reads: itself,
    fusion: { into: "nothing" },
    runsInWindows: true,
  },
  "scaled-add": {
    op: scaledAdd,
    arity: "two",
    output: unchanged,
    misfit([x, y]) {
      return x.channels === y!.channels ? undefined : `${describe(x)} and ${describe(y!)} differ in channels`;
    },
    reads: itself,
    fusion: { into: "residual", of: ({ alpha }) => alpha },
    runsInWindows: true,
  },
  "pixel-shuffle": {
    op: pixelShuffle,
    arity: "one",
    output([input], { factor, cut: [first, last] = [0, 0] }) {
      const { scale, margin } = times(input, factor);
      return { channels: input.channels / factor ** 2, scale, margin: margin - (first + last) / 2 };
    },
    misfit([input], { factor }) {
      const block = factor ** 2;
      return input.channels % block === 0 ? undefined : `${describe(input)} has no multiple of ${block} channels`;
    },
    reads: ({ first, last }, { factor, cut: [by] = [0, 0] }) =>
      enlarged({ first: first + by, last: last + by }, { factor }),
    fusion: { into: "shuffle", of: ({ cut, ...shuffle }) => (cut ? undefined : shuffle) },
    runsInWindows: true,
  },
  "pixel-unshuffle": {
    op: pixelUnshuffle,
    arity: "one",
    output: ([{ channels, scale, margin }], { factor }) => ({
      channels: channels * factor ** 2,
      scale: scale / factor,
      margin: margin / factor,
    }),
    misfit: fits,
    reads: ({ first, last }, { factor }) => ({ first: first * factor, last: last * factor + factor - 1 }),
    fusion: { into: "nothing" },
    runsInWindows: false,
  },
  "upsample-nearest": {
    op: upsampleNearest,
    arity: "one",
    output: ([input], { factor }) => times(input, factor),
    misfit: fits,
    reads: enlarged,
    fusion: { into: "nothing" },
    runsInWindows: true,
  },
  resize: {
    op: resize,
    arity: "one",
    output: ([input], { factor }) => times(input, factor),
    misfit(_, { factor }) {
      return factor > 0 && Number.isFinite(factor) ? undefined : `the factor is ${factor}, expected a positive number`;
    },
    reads: resized,
    fusion: { into: "nothing" },
    runsInWindows: false,
  },
};

/** The row of a node's operation, typed loosely enough to be called with that node's attributes. */
export function ruleOf(node: Pick<GraphNode, "op">): OpRule<GraphNode["attributes"]> {
  return OP_RULES[node.op] as OpRule<GraphNode["attributes"]>;
}

/** A value in an error message. */
export function describe(value: Value): string {
  return `${value.name} (${formOf(value)})`;
}

/** The same without its name. */
export function formOf({ channels, scale, margin }: ValueForm): string {
  return `${channels} channels at scale ${scale}${margin === 0 ? "" : ` with a margin of ${margin}`}`;
}

function unchanged([input]: readonly [ValueForm, ...ValueForm[]]): ValueForm {
  return times(input, 1);
}

function times({ channels, scale, margin }: ValueForm, factor: number): ValueForm {
  return { channels, scale: scale * factor, margin: margin * factor };
}

function fits(): undefined {
  return undefined;
}

function itself(span: Span): Span {
  return span;
}

function enlarged({ first, last }: Span, { factor }: { readonly factor: number }): Span {
  return { first: Math.floor(first / factor), last: Math.floor(last / factor) };
}

/** Where the weights of an inner pixel's outer taps are zero, its neighbour's may look further. */
function resized({ first, last }: Span, attributes: ResizeAttributes): Span {
  const spans = range(first, last).map((at) => resizeSpan(attributes, at));
  return { first: Math.min(...spans.map(([from]) => from)), last: Math.max(...spans.map(([, to]) => to)) };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function transposedMisfit(
  [input]: readonly [Value, ...Value[]],
  { weight, bias, offset }: ConvTranspose2dAttributes,
): string | undefined {
  const [inChannels, outChannels, height, width] = weight.shape as [number, number, number, number];
  const got = `${weight.name} has shape [${weight.shape.join(",")}]`;
  if (weight.shape.length !== 4 || height !== width || offset >= height) {
    return `${got}, expected [I,O,K,K] with a K above ${offset}`;
  }
  if (inChannels !== input.channels)
    return `${got}, expected ${input.channels} input channels as in ${describe(input)}`;
  return bias && parameterMisfit(bias, outChannels);
}

function convMisfit([input]: readonly [Value, ...Value[]], attributes: Conv2dAttributes): string | undefined {
  const { weight, bias, activation } = attributes;
  const [outChannels, inChannels, height, width] = weight.shape as [number, ...number[]];
  const got = `${weight.name} has shape [${weight.shape.join(",")}]`;
  if (weight.shape.length !== 4 || height !== width || height! % 2 !== 1) {
    return `${got}, expected [O,I,K,K] with an odd K`;
  }
  if (inChannels !== input.channels)
    return `${got}, expected ${input.channels} input channels as in ${describe(input)}`;
  if (height! / 2 + growthOf(weight, attributes) < 0)
    return `it grows by ${attributes.grow}, by less than without padding`;
  const slopes = slopesOf(activation);
  return (bias && parameterMisfit(bias, outChannels)) ?? (slopes && parameterMisfit(slopes, outChannels));
}

function parameterMisfit({ name, shape }: Parameter, channels: number): string | undefined {
  if (shape.length === 1 && shape[0] === channels) return undefined;
  return `${name} has shape [${shape.join(",")}], expected [${channels}]`;
}
