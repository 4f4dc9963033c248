// Owns the figures of the kernels by name, as tables, and what of them is not acceptable.

import { readAmd } from "./amd.js";
import type { ShaderFigures } from "./figures.js";
import { type Driver, requireGpu } from "./gpus.js";
import { type KernelName, type Outcome, readSections } from "./section.js";
import { readStatistics } from "./statistics.js";

export interface KernelFigures extends KernelName, Outcome {
  readonly gpu: string;
  /** Undefined where there is no pipeline. */
  readonly shader: ShaderFigures | undefined;
  /**
   * Slots of the vector unit for each multiply-accumulate a direct convolution would do; undefined where
   * there is no assembly.
   */
  readonly slotsPerMac: number | undefined;
}

/** Longer than a first picture may wait for one kernel. */
export const COMPILE_LIMIT_MS = 60_000;

/** @throws Error where the output is not what the compiler prints */
export function figuresOf(gpu: string, output: string, driver: Driver = requireGpu(gpu).driver): KernelFigures[] {
  return readSections(output).map(({ name, listing, outcome }) => {
    if (outcome.refused !== undefined) return { ...name, ...outcome, gpu, shader: undefined, slotsPerMac: undefined };
    const shader = driver === "radeon" ? readAmd(listing) : readStatistics(listing, driver, gpu);
    return { ...name, ...outcome, gpu, shader, slotsPerMac: slotsPerMacOf(name, shader) };
  });
}

function slotsPerMacOf(name: KernelName, { loop }: ShaderFigures): number | undefined {
  if (!loop) return undefined;
  // Counting alone would overstate the work: additions and conversions may become multiply-accumulates too.
  const trips = Math.max(1, Math.round(loop.macs / name.bodyMacs));
  return loop.slots / (trips * name.bodyMacs * name.directMacs);
}

/** The trips of the loop as it is written that one of the compiler's makes. */
function tripsOf({ bodyMacs, shader }: KernelFigures): number {
  return Math.max(1, Math.round((shader?.loop?.macs ?? 0) / bodyMacs));
}

/** Loads for 1,000 multiply-accumulates of a direct convolution. */
function perThousand(row: KernelFigures, count: number): number {
  return (1000 * count) / (tripsOf(row) * row.bodyMacs * row.directMacs);
}

type Cell = (row: KernelFigures) => string | number | undefined;

const COLUMNS: readonly (readonly [title: string, width: number, text: Cell])[] = [
  ["convolution", -20, ({ shape }) => shape],
  ["variant", -45, ({ variant, isDefault }) => `${isDefault ? "*" : " "}${variant}`],
  ["storage", -10, ({ storage }) => storage],
  ["slots/MAC", 9, ({ slotsPerMac, shader, refused }) => (refused ? "refused" : slots(slotsPerMac, shader))],
  ["slots", 6, ({ shader }) => shader?.loop && Math.round(shader.loop.slots)],
  ["around", 6, ({ shader }) => shader?.loop && Math.round(shader.loop.slotsAround)],
  ["loads", 6, ({ shader }) => shader?.loop?.vectorLoads],
  ["scalar loads", 12, ({ shader }) => shader?.loop?.scalarLoads],
  ["spills", 6, ({ shader }) => shader?.loop?.spills],
  ["registers", 9, ({ shader }) => shader?.vectorRegisters],
  ["spilled", 7, ({ shader }) => shader?.spilledVectors],
  ["scalars spilled", 15, ({ shader }) => shader?.spilledScalars],
  ["scratch", 7, ({ shader }) => shader?.scratchBytes],
  ["subgroup", 8, ({ shader }) => shader?.subgroup],
  ["waves", 5, ({ shader }) => shader?.waves],
  ["ms", 6, ({ ms }) => Math.round(ms)],
];

function slots(perMac: number | undefined, shader: ShaderFigures | undefined): string | undefined {
  if (perMac === undefined) return undefined;
  return shader?.loop?.isLoop ? `${perMac.toFixed(3)} ` : `(${perMac.toFixed(3)})`;
}

/** One GPU's kernels, a line each. */
export function tableOf(rows: readonly KernelFigures[]): string {
  const widths = COLUMNS.map(([, width]) => width);
  const lines = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, , text]) => text(row)))];
  return lines.map((cells) => `${alignedLine(cells, widths)}\n`).join("");
}

/** All GPUs beside one another, a line a kernel; what a GPU does not have is left out. */
export function overviewOf(rows: readonly KernelFigures[]): string {
  const gpus = [...new Set(rows.map(({ gpu }) => gpu))];
  const nameOf = ({ shape, variant, storage }: KernelFigures) => `${shape} | ${variant} | ${storage}`;
  const byName = new Map<string, Map<string, KernelFigures>>();
  for (const row of rows) byName.set(nameOf(row), (byName.get(nameOf(row)) ?? new Map()).set(row.gpu, row));
  const widths = [-76, ...gpus.map(() => -36)];
  const lines = [...byName].map(([name, found]) => [
    name,
    ...gpus.map((gpu) => {
      const row = found.get(gpu);
      return row && overviewCell(row);
    }),
  ]);
  return [["kernel", ...gpus], ...lines].map((cells) => `${alignedLine(cells, widths)}\n`).join("");
}

/** Slots a multiply-accumulate; loads and uniform loads for 1,000; registers, spills of a trip, waves. */
function overviewCell(row: KernelFigures): string {
  const mark = row.isDefault ? "*" : "";
  const { shader, slotsPerMac } = row;
  if (!shader) return `${mark}refused`;
  const { loop } = shader;
  return [
    `${mark}${slotsPerMac === undefined ? "-" : slotsPerMac.toFixed(3)}`,
    ...(loop ? [`L${perThousand(row, loop.vectorLoads).toFixed(0)}`] : []),
    ...(loop ? [`U${perThousand(row, loop.scalarLoads).toFixed(0)}`] : []),
    `r${shader.vectorRegisters}`,
    `s${loop && loop.spills > 0 ? loop.spills : shader.spilledVectors > 0 ? `(${shader.spilledVectors})` : 0}`,
    ...(shader.waves === undefined ? [] : [`w${shader.waves}`]),
  ].join(" ");
}

function alignedLine(cells: readonly (string | number | undefined)[], widths: readonly number[]): string {
  const aligned = widths.map((width, at) => {
    const text = String(cells[at] ?? "");
    return width < 0 ? text.padEnd(-width) : text.padStart(width);
  });
  return aligned.join("  ").trimEnd();
}

/** A sentence for each kernel that the library chooses although it should not. */
export function troubles(rows: readonly KernelFigures[]): string[] {
  return rows
    .filter(({ isDefault }) => isDefault)
    .flatMap((row) => {
      const why = troubleOf(row);
      return why === undefined
        ? []
        : [`On ${row.gpu} the default kernel ${row.variant} of ${row.shape} in ${row.storage} ${why}`];
    });
}

function troubleOf({ refused, ms, shader, gpu }: KernelFigures): string | undefined {
  if (refused !== undefined || !shader) return `is refused: ${refused}`;
  // An emulated compiler takes ten times as long or more, and says nothing of a real one's time.
  if (ms > COMPILE_LIMIT_MS && requireGpu(gpu).driver !== "panfrost") {
    return `takes ${Math.round(ms / 1000)} s to compile, expected at most ${COMPILE_LIMIT_MS / 1000}`;
  }
  const { spilledVectors, scratchBytes, loop } = shader;
  if (requireGpu(gpu).driver === "radeon" || !loop) {
    if (spilledVectors === 0 && scratchBytes === 0) return undefined;
    return `spills ${spilledVectors} vector registers and uses ${scratchBytes} bytes of scratch, expected none`;
  }
  return loop.spills > 0 ? `spills in its hot loop, ${loop.spills} times a trip, expected none` : undefined;
}

/**
 * Slots of the vector unit for each multiply-accumulate that the network means, in the hot loop and of the whole kernel, what is around loops
 * included; undefined where there is no assembly.
 */
export function usefulSlots(row: KernelFigures): { readonly loop: number; readonly whole: number } | undefined {
  const { shader, slotsPerMac, usefulShare, bodyMacs, directMacs, trips, tripsAround } = row;
  if (!shader?.loop || slotsPerMac === undefined) return undefined;
  const { isLoop, slots: inLoop, slotsAround, slotsOutside } = shader.loop;
  const all = isLoop ? inLoop * (trips / tripsOf(row)) + slotsAround * tripsAround + slotsOutside : inLoop;
  return {
    loop: slotsPerMac / usefulShare,
    whole: all / (bodyMacs * directMacs * trips * usefulShare),
  };
}
