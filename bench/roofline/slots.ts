// Owns how many issue slots of a vector unit a kernel takes for a multiply-accumulate of a direct convolution: as compilers say
// (docs/performance.md), or as the kernel's arithmetic says where none does.

import type { Storage } from "../../src/shaders/kernel.js";

/** What a compiler makes of a kernel. */
export interface SlotFigure {
  /** Its name, as plans give it. The figure stands for those that differ in channels or in the workgroup, too. */
  readonly kernel: string;
  /** Any by default. */
  readonly storage?: Storage;
  readonly perMac: number;
  /** The same of a folded upsampling; by default 4 taps of 9. */
  readonly folded?: number;
  /** Which compiler says so, by the name of `bench:isa`; undefined where the figure is assumed. */
  readonly compiler?: string;
}

/** 4 taps in place of 9. */
const FOLDED = 4 / 9;

/** 16 products in place of 36, and a quarter as many additions. */
const WINOGRAD = (16 / 36) * 1.25;

/** The figure of the kernel of this name with operands in this storage, or of one like it. */
export function slotFigure(figures: readonly SlotFigure[], kernel: string, storage: Storage): SlotFigure | undefined {
  const name = kernel.replace(" folded", "");
  const ofStorage = figures.filter((figure) => figure.storage === undefined || figure.storage === storage);
  return (
    ofStorage.find((figure) => figure.kernel === name) ??
    ofStorage.find((figure) => withoutChannels(figure.kernel) === withoutChannels(name))
  );
}

/** What it takes; where no figure is like it, what its arithmetic does at least. `halfSlots` is what f16 takes for a slot of f32. */
export function slotsOf(
  figures: readonly SlotFigure[],
  kernel: string,
  storage: Storage,
  { halfSlots = 1 / 2 }: { readonly halfSlots?: number } = {},
): number {
  const isFolded = kernel.includes(" folded");
  const known = slotFigure(figures, kernel, storage);
  if (known) return isFolded ? (known.folded ?? known.perMac * FOLDED) : known.perMac;
  const products = kernel.startsWith("winograd ") ? WINOGRAD : isFolded ? FOLDED : 1;
  return products * (/ f16\b/.test(kernel) ? halfSlots : 1);
}

/** "direct 4x2x8 16x4 f32 unrolled" as "direct 4x2 f32 unrolled". */
function withoutChannels(kernel: string): string {
  return kernel.replace(/^(\w+ \d+x\d+)x\d+ \d+x\d+/, "$1");
}
