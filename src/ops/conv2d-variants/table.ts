// The table of kernel variants of the convolution, simplest first. Which device gets which is
// plan/choose-kernel.ts.

import { direct } from "./direct.js";
import { plain } from "./plain.js";
import { shared } from "./shared.js";
import type { VariantKind } from "./variant.js";
import { winograd } from "./winograd.js";

const KINDS = {
  plain,
  direct,
  shared,
  winograd,
};

type DataOf<Kind> = Kind extends VariantKind<infer V> ? V : never;

/** How a convolution is computed; plain data that a table or the tuner chooses. */
export type ConvVariant = DataOf<(typeof KINDS)[keyof typeof KINDS]>;

/** The same, checked: every kind under its own name. */
export const VARIANT_KINDS: {
  readonly [K in ConvVariant["kind"]]: VariantKind<Extract<ConvVariant, { readonly kind: K }>>;
} = KINDS;

/** What is known of the variant's kind. */
export function kindOf(variant: ConvVariant): VariantKind<ConvVariant> {
  return VARIANT_KINDS[variant.kind];
}
