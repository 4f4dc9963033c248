// Owns the figures of the kernels by name, as a table, and what of them is not acceptable.

import { readListing, type ShaderFigures } from "./listing.js";
import { type KernelName, readSections } from "./section.js";

export interface KernelFigures extends KernelName, ShaderFigures {
  readonly family: string;
  /** Slots of the vector unit for each multiply-accumulate a direct convolution would do. */
  readonly slotsPerMac: number;
}

/** @throws Error where the output is not what the compiler prints */
export function figuresOf(family: string, output: string): KernelFigures[] {
  return readSections(output).map(({ name, listing }) => {
    const figures = readListing(listing);
    const { slots, macs } = figures.loop;
    // Counting alone would overstate the work: additions and conversions may become multiply-accumulates too.
    const trips = Math.max(1, Math.round(macs / name.bodyMacs));
    return { ...name, ...figures, family, slotsPerMac: slots / (trips * name.bodyMacs * name.directMacs) };
  });
}

const COLUMNS: readonly (readonly [title: string, width: number, text: (row: KernelFigures) => string | number])[] = [
  ["convolution", -20, ({ shape }) => shape],
  ["variant", -40, ({ variant, isDefault }) => `${isDefault ? "*" : " "}${variant}`],
  ["storage", -7, ({ storage }) => storage],
  [
    "slots/MAC",
    9,
    ({ slotsPerMac, loop }) => (loop.isLoop ? `${slotsPerMac.toFixed(3)} ` : `(${slotsPerMac.toFixed(3)})`),
  ],
  ["slots", 6, ({ loop }) => loop.slots],
  ["around", 6, ({ loop }) => loop.slotsAround],
  ["vector loads", 12, ({ loop }) => loop.vectorLoads],
  ["scalar loads", 12, ({ loop }) => loop.scalarLoads],
  ["VGPRs", 5, ({ vectorRegisters }) => vectorRegisters],
  ["spilled", 7, ({ spilledVectors }) => spilledVectors],
  ["SGPRs spilled", 13, ({ spilledScalars }) => spilledScalars],
  ["scratch", 7, ({ scratchBytes }) => scratchBytes],
  ["waves", 5, ({ waves }) => waves],
];

export function tableOf(rows: readonly KernelFigures[]): string {
  const line = (cells: readonly (string | number)[]) =>
    COLUMNS.map(([, width], at) => {
      const text = String(cells[at]);
      return width < 0 ? text.padEnd(-width) : text.padStart(width);
    })
      .join("  ")
      .trimEnd();
  const lines = [
    line(COLUMNS.map(([title]) => title)),
    ...rows.map((row) => line(COLUMNS.map(([, , text]) => text(row)))),
  ];
  return `${lines.join("\n")}\n`;
}

/** A sentence for each kernel that the library chooses although it keeps values in memory that should be in registers. */
export function troubles(rows: readonly KernelFigures[]): string[] {
  return rows
    .filter(({ isDefault, spilledVectors, scratchBytes }) => isDefault && (spilledVectors > 0 || scratchBytes > 0))
    .map(
      ({ family, shape, variant, storage, spilledVectors, scratchBytes }) =>
        `On ${family} the default kernel ${variant} of ${shape} in ${storage} spills ${spilledVectors} vector registers ` +
        `and uses ${scratchBytes} bytes of scratch, expected none`,
    );
}
