// Owns what thin networks take beside 64->64, whose kernels are the best that there are: slots of the vector unit for each
// multiply-accumulate that the network means.

import { layerMacs, layerShape, THIN_NETWORKS, type ThinNetwork } from "../harness/thin-networks.js";
import type { KernelFigures } from "./report.js";
import { usefulSlots } from "./report.js";

const MEASURE = "64->64";

export interface NetworkRatio {
  readonly network: string;
  readonly gpu: string;
  readonly storage: string;
  /** How many times as many slots as the same work takes in 64->64: in the hot loops, and of the whole kernels. */
  readonly loops: number;
  readonly whole: number;
}

/** The ratios for each GPU and storage of which all kernels are among the figures. */
export function networkRatios(rows: readonly KernelFigures[]): NetworkRatio[] {
  const chosen = rows.filter(({ isDefault }) => isDefault);
  const places = [...new Map(chosen.map(({ gpu, storage }) => [`${gpu} ${storage}`, { gpu, storage }])).values()];
  return places.flatMap(({ gpu, storage }) => {
    const here = new Map(
      chosen.filter((row) => row.gpu === gpu && row.storage === storage).map((row) => [row.shape, row]),
    );
    return THIN_NETWORKS.flatMap((network) => {
      const ratio = ratioOf(network, here);
      return ratio ? [{ network: network.name, gpu, storage, ...ratio }] : [];
    });
  });
}

function ratioOf(
  { layers }: ThinNetwork,
  kernels: ReadonlyMap<string, KernelFigures>,
): { readonly loops: number; readonly whole: number } | undefined {
  const best = slotsOf(kernels.get(MEASURE));
  const each = layers.map((layer) => ({ macs: layerMacs(layer), slots: slotsOf(kernels.get(layerShape(layer))) }));
  const macs = each.reduce((sum, layer) => sum + layer.macs, 0);
  const mean = (of: "loop" | "whole") =>
    each.reduce((sum, layer) => sum + layer.macs * (layer.slots?.[of] ?? Number.NaN), 0) / macs;
  const ratio = {
    loops: mean("loop") / (best?.loop ?? Number.NaN),
    whole: mean("whole") / (best?.whole ?? Number.NaN),
  };
  return Number.isNaN(ratio.loops) ? undefined : ratio;
}

const slotsOf = (row: KernelFigures | undefined) => row && usefulSlots(row);

export function ratiosTable(ratios: readonly NetworkRatio[]): string {
  return ratios
    .map(
      ({ network, gpu, storage, loops, whole }) =>
        `${network.padEnd(18)}${gpu.padEnd(9)}${storage.padEnd(12)}${loops.toFixed(2).padStart(6)}${whole.toFixed(2).padStart(8)}\n`,
    )
    .join("");
}
