// The convolution's variants, as software adapters can run them: they have no subgroups of 32, so none is pinned.

import { CONV_RULES } from "../../src/graph/choose-kernel.js";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import type { MathType } from "../../src/shaders/kernel.js";

/** The variants with this arithmetic, the plain one and those of the table, each once by name. */
export function convVariants(math: MathType): [name: string, variant: ConvVariant][] {
  const table = CONV_RULES.flatMap((rule) => rule.variants).map((variant): ConvVariant => {
    if (variant.kind === "plain") return variant;
    const { subgroup: _, ...unpinned } = variant;
    return unpinned;
  });
  const variants = [{ kind: "plain" } as const, ...table].filter(
    (variant) => (variant.kind === "plain" ? "f32" : variant.math) === math,
  );
  return [...new Map(variants.map((variant) => [Object.values(variant).join(" "), variant]))];
}
