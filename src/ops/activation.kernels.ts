// Owns which WGSL computes an activation, and the slope that it is given. What an activation computes is activation.ts.

import { ACTIVATION_WGSL, HALF_ACTIVATION_WGSL } from "../shaders/activation.wgsl.js";
import type { MathType } from "../shaders/kernel.js";
import { slopeOf } from "./activation.js";
import type { Activation } from "./op.js";

/** The text that defines `activate`, by its name, and the slope it reads if it reads one. */
export interface ActivationForm {
  readonly name: keyof typeof ACTIVATION_WGSL;
  readonly slope: number;
}

/** The form whose slope, if any, is a constant of the kernel. */
export function constantForm(activation: Activation): ActivationForm {
  const slope = slopeOf(activation);
  return { name: slope === 0 ? "relu" : activation.kind, slope: slope ?? 0 };
}

/** The form whose slope, if any, is a word of the uniform, so that one pipeline serves several. */
export function uniformForm(activation: Activation): ActivationForm {
  const { name, slope } = constantForm(activation);
  const isUniform = slopeOf(activation) !== undefined && slope !== 0;
  return { name: isUniform ? "uniform-slope" : name, slope };
}

/** The text of the form, computed in floats, or in halves where that saves anything. */
export function activationWgsl({ name }: ActivationForm, math: MathType = "f32"): string {
  const halves: Partial<typeof ACTIVATION_WGSL> = HALF_ACTIVATION_WGSL;
  return (math === "f16" && halves[name]) || ACTIVATION_WGSL[name];
}
