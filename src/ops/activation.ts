// Owns what each kind of activation is: its parameters and what it computes on the CPU. A kind without a row does not
// compile. Its WGSL is shaders/activation.wgsl.ts.

import { requireFinite, requireParameter } from "./checks.js";
import type { Activation, Parameter } from "./op.js";

export type ActivationKind = Activation["kind"];

interface ActivationRule<A extends Activation> {
  /** The factor on negative values, where all channels share one and that is all the activation does. */
  slope(activation: A): number | undefined;
  /** The factors on negative values, where each channel has its own. */
  slopes(activation: A): Parameter | undefined;
  /** The function of a value and its channel; NaN stays NaN. */
  compute(activation: A): ChannelFunction;
}

type ChannelFunction = (value: number, channel: number) => number;

const ACTIVATIONS: { readonly [K in ActivationKind]: ActivationRule<Extract<Activation, { kind: K }>> } = {
  none: {
    slope: () => 1,
    slopes: absent,
    compute: () => (x) => x,
  },
  relu: {
    slope: () => 0,
    slopes: absent,
    compute: () => rectifier(() => 0),
  },
  "leaky-relu": {
    slope: ({ slope }) => slope,
    slopes: absent,
    compute: ({ slope }) => rectifier(() => slope),
  },
  prelu: {
    slope: absent,
    slopes: ({ slopes }) => slopes,
    compute({ slopes }) {
      const values = slopes.floats();
      return rectifier((channel) => values[channel]!);
    },
  },
  tanh: {
    slope: absent,
    slopes: absent,
    compute: () => Math.tanh,
  },
  sigmoid: {
    slope: absent,
    slopes: absent,
    compute: () => (x) => 1 / (1 + Math.exp(-x)),
  },
};

/** As ActivationRule.slope. */
export function slopeOf(activation: Activation): number | undefined {
  return ruleOf(activation).slope(activation);
}

/** As ActivationRule.slopes. */
export function slopesOf(activation: Activation): Parameter | undefined {
  return ruleOf(activation).slopes(activation);
}

/** As ActivationRule.compute. */
export function activationFunction(activation: Activation): ChannelFunction {
  return ruleOf(activation).compute(activation);
}

/** @throws EsrganError "bad-input" if the activation does not fit `channels` channels */
export function requireActivation(op: string, activation: Activation, channels: number): void {
  const slope = slopeOf(activation);
  const slopes = slopesOf(activation);
  if (slope !== undefined) requireFinite(op, "slope", slope);
  if (slopes) requireParameter(op, slopes, [channels]);
}

/** The table's row, typed loosely enough to be called with that activation. */
function ruleOf({ kind }: Activation): ActivationRule<Activation> {
  return ACTIVATIONS[kind] as ActivationRule<Activation>;
}

function rectifier(slope: (channel: number) => number): ChannelFunction {
  return (x, channel) => (x < 0 ? slope(channel) * x : x);
}

function absent(): undefined {
  return undefined;
}
