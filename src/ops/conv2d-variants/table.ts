// The table of kernel variants of the convolution, simplest first. Which device gets which is
// plan/choose-kernel.ts.

import { direct } from "./direct.js";
import { plain } from "./plain.js";
import { shared } from "./shared.js";
import { subgroupMatrix } from "./subgroup-matrix.js";
import type { VariantKind } from "./variant.js";
import { winograd } from "./winograd.js";

const KINDS = {
  plain,
  direct,
  shared,
  winograd,
  "subgroup-matrix": subgroupMatrix,
};

type DataOf<Kind> = Kind extends VariantKind<infer V> ? V : never;

/** How a convolution is computed; plain data that a table or the tuner chooses. */
export type ConvVariant = DataOf<(typeof KINDS)[keyof typeof KINDS]>;

/** Each kind under its own name: the type checks that. */
const VARIANT_KINDS: {
  readonly [K in ConvVariant["kind"]]: VariantKind<Extract<ConvVariant, { readonly kind: K }>>;
} = KINDS;

/** The kind of the variant. It takes data of this kind alone, which method types do not check. */
export function kindOf(variant: ConvVariant): VariantKind<ConvVariant> {
  return VARIANT_KINDS[variant.kind];
}
