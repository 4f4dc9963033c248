// The convolution's variants, as software adapters can run them: they have no subgroups that can be pinned, so none is.

import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { type ConvVariant, needsOf } from "../../src/ops/conv2d.kernels.js";
import { CONV_RULES, canRun, variantsOf } from "../../src/plan/choose-kernel.js";
import type { MathType } from "../../src/shaders/kernel.js";
import { noteNotRun } from "../not-run.js";
import { f16Device, softwareDevice } from "./device.js";

/** The variants with this arithmetic, the plain one and those of the table but for what it has for 1x1 alone, each once by name. */
export function convVariants(math: MathType): [name: string, variant: ConvVariant][] {
  const table = variantsOf(CONV_RULES).map((variant): ConvVariant => {
    if (variant.kind === "direct") {
      // Outputs differ where there is one alone, and another tile has three blocks: conv2d-thin.test.ts takes those of the table. Rows differ
      // where weights do not fit into uniforms: conv2d-direct.test.ts.
      const { subgroup: _, outputs: __, other: ___, rowsInStorage: ____, ...plain } = variant;
      return plain;
    }
    if (!("subgroup" in variant) || variant.kind === "subgroup-matrix") return variant;
    const { subgroup: _, ...unpinned } = variant;
    return unpinned;
  });
  const variants = [{ kind: "plain" } as const, ...table].filter(
    (variant) => needsOf(variant).math === math && !isForOneTap(variant),
  );
  return [...new Map(variants.map((variant) => [Object.values(variant).join(" "), variant]))];
}

type Named = readonly [name: string, variant: ConvVariant];

/** The variants but for those that differ from another by their workgroup alone. */
export function ofEachTile(variants: readonly Named[]): Named[] {
  const key = (variant: ConvVariant) => JSON.stringify({ ...variant, workgroupX: 0, workgroupY: 0 });
  return [...new Map(variants.map((each) => [key(each[1]), each])).values()];
}

/**
 * Names of variants, of each way to read the window and the weights of a pixel the one that compiles fastest. How many pixels and channels one
 * invocation computes is told apart by fewer cases, which all variants have: the others take seconds to compile.
 */
export function readersOf(variants: readonly Named[]): ReadonlySet<string> {
  const found = new Map<string, { readonly name: string; readonly size: number }>();
  for (const [name, variant] of variants) {
    const { pixelsX, pixelsY, channelBlocks, rows, weights, columns } = { ...NOTHING, ...variant };
    const size = pixelsX * pixelsY * channelBlocks;
    const key = JSON.stringify([variant.kind, rows, weights, columns]);
    if (size < (found.get(key)?.size ?? Number.POSITIVE_INFINITY)) found.set(key, { name, size });
  }
  return new Set([...found.values()].map(({ name }) => name));
}

const NOTHING = {
  ...{ pixelsX: 1, pixelsY: 1, channelBlocks: 1 },
  ...{ rows: undefined, weights: undefined, columns: undefined },
};

// Software adapters compile the tiles of such variants for a minute where kernels are larger. conv2d-thin.test.ts has them.
function isForOneTap(variant: ConvVariant): boolean {
  return variant.kind === "direct" && variant.channelBlocks > 2;
}

/** A device that can run the variant: SwiftShader's, or lavapipe's where subgroups of 8 are wanted. Undefined where there is none: it is noted. */
export async function deviceFor(variant: ConvVariant): Promise<GPUDevice | undefined> {
  for (const open of [softwareDevice, f16Device]) {
    const device = await open();
    if (device && canRun(variant, capabilitiesOf(device))) return device;
  }
  noteNotRun("kernels that share weights among lanes", "no adapter has subgroups that are large enough");
  return undefined;
}
