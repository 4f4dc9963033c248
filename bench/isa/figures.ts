// Owns what is said of one shader, whoever compiled it.

import type { LoopFigures } from "./hot-loop.js";

export interface ShaderFigures {
  /** Vector registers of an invocation, as the driver counts them. */
  readonly vectorRegisters: number;
  /** Values that did not fit into registers and went to memory, anywhere in the shader. */
  readonly spilledVectors: number;
  readonly spilledScalars: number;
  readonly scratchBytes: number;
  /** Subgroups that a unit holds at once; undefined where the driver does not say. */
  readonly waves: number | undefined;
  /** Invocations of a subgroup; undefined where the driver does not say. */
  readonly subgroup: number | undefined;
  /** Undefined where the driver prints no assembly. */
  readonly loop: LoopFigures | undefined;
}
