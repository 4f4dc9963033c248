// Owns how the weights of a convolution are bound: as storage in one piece, or as uniforms, which hold
// 64 KiB each, in as many equal parts as that takes. Each part is a dispatch of its own.

import type { Storage, UniformVectors } from "../../shaders/kernel.js";
import type { WantedWeights, WeightSpace } from "./variant.js";

/** The default limit of WebGPU. */
const UNIFORM_BYTES = 65_536;
// What offsets of uniform bindings must be multiples of.
const UNIFORM_ALIGN = 256;
const VECTOR_BYTES = 16;

/** The weights of a convolution, in the order that they are packed. */
export interface PackedWeights {
  readonly byteLength: number;
  /** Groups of output channel blocks, which workgroups count, each with its phases. */
  readonly groups: number;
  /** Groups that must stay together: the phases of a folded upsampling. */
  readonly phases: number;
  /** Of one group: a row for each kernel row of each channel block of the input. */
  readonly rows: number;
}

export interface WeightParts {
  readonly space: WeightSpace;
  /** Of the binding; undefined for storage. */
  readonly type: UniformVectors | undefined;
  /** Groups of one part. */
  readonly groups: number;
  readonly parts: readonly WeightPart[];
}

export interface WeightPart {
  readonly firstGroup: number;
  readonly offset: number;
  readonly byteLength: number;
}

/** The parts where uniforms are `wanted`; storage where not, or where no equal parts fit. */
export function weightParts(wanted: WantedWeights, weights: PackedWeights, storage: Storage): WeightParts {
  const { byteLength, groups, phases, rows } = weights;
  const groupBytes = byteLength / groups;
  const rowBytes = groupBytes / rows;
  const fits = (count: number) => {
    const bytes = count * groupBytes;
    return bytes <= UNIFORM_BYTES && (count === groups || bytes % UNIFORM_ALIGN === 0);
  };
  const isPossible = wanted !== "storage" && rowBytes % VECTOR_BYTES === 0;
  const step = wanted === "whole-uniform" ? groups : phases;
  const count = isPossible ? largestPart(groups, step, fits) : undefined;
  if (count === undefined) {
    return { space: "storage", type: undefined, groups, parts: [{ firstGroup: 0, offset: 0, byteLength }] };
  }
  const parts = Array.from({ length: groups / count }, (_, part) => ({
    firstGroup: part * count,
    offset: part * count * groupBytes,
    byteLength: count * groupBytes,
  }));
  const vector = storage === "f32" ? "vec4f" : "vec4u";
  const type: UniformVectors = `array<array<${vector}, ${rowBytes / VECTOR_BYTES}>, ${count * rows}>`;
  return { space: "uniform", type, groups: count, parts };
}

function largestPart(groups: number, step: number, fits: (count: number) => boolean): number | undefined {
  for (let count = groups; count > 0; count -= step) {
    if (groups % count === 0 && fits(count)) return count;
  }
  return undefined;
}
