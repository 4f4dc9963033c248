// Owns the figures of a shader's hot loop, whatever the instruction set. Reading instructions is the
// business of amd.ts, intel.ts and the like.

/** What an instruction is to the figures. A spill keeps a register in memory or brings it back. */
export type InstructionKind = "arithmetic" | "load" | "uniform-load" | "spill" | "other";

export interface Instruction {
  readonly kind: InstructionKind;
  /** Slots of the vector unit, in what it does at full rate in f32 for one lane; 0 for all other units. */
  readonly slots: number;
  /** Multiply-accumulates of one invocation. */
  readonly macs: number;
}

/** From the first instruction of a loop to the branch back. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Program {
  readonly instructions: readonly Instruction[];
  readonly loops: readonly Span[];
}

/** One trip of the loop with the most multiply-accumulates; the whole shader where there is no loop. */
export interface LoopFigures {
  readonly isLoop: boolean;
  /** Slots of the vector unit: a pair that is issued at once takes one. */
  readonly slots: number;
  /** Multiply-accumulates of one invocation. */
  readonly macs: number;
  /** Slots of the loops around this one, outside it. */
  readonly slotsAround: number;
  /** Slots outside all of these. */
  readonly slotsOutside: number;
  readonly vectorLoads: number;
  /** Loads of one value for a whole subgroup. */
  readonly scalarLoads: number;
  readonly spills: number;
}

/** A branch to an earlier label closes a loop. */
export function loopsOf(branches: Iterable<readonly [at: number, target: number | undefined]>): Span[] {
  return [...branches].flatMap(([to, from]) => (from !== undefined && from <= to ? [{ from, to }] : []));
}

/** A loop around another is not the hot one, unless it does most of the work itself. */
export function hotLoop({ instructions, loops }: Program): LoopFigures {
  const sum = ({ from, to }: Span, of: (each: Instruction) => number) =>
    instructions.slice(from, to + 1).reduce((total, each) => total + of(each), 0);
  const length = ({ from, to }: Span) => to - from;
  const macs = (loop: Span) => sum(loop, (each) => each.macs);
  const slots = (loop: Span) => sum(loop, (each) => each.slots);
  const count = (loop: Span, kind: InstructionKind) => sum(loop, (each) => (each.kind === kind ? 1 : 0));
  const work = new Map(loops.map((loop) => [loop, macs(loop)]));
  const holdsMostOf = (outer: Span, inner: Span) =>
    outer !== inner && outer.from <= inner.from && outer.to >= inner.to && work.get(inner)! >= work.get(outer)! / 2;
  const innermost = loops.filter((loop) => !loops.some((other) => holdsMostOf(loop, other) && work.get(other)! > 0));
  innermost.sort((a, b) => work.get(b)! - work.get(a)!);
  const hot = innermost[0] ?? { from: 0, to: instructions.length - 1 };
  const around = loops.filter((loop) => loop.from <= hot.from && loop.to >= hot.to);
  const widest = around.reduce((wide, loop) => (length(loop) > length(wide) ? loop : wide), hot);
  return {
    isLoop: innermost.length > 0,
    slots: slots(hot),
    macs: macs(hot),
    slotsAround: slots(widest) - slots(hot),
    slotsOutside: slots({ from: 0, to: instructions.length - 1 }) - slots(widest),
    vectorLoads: count(hot, "load"),
    scalarLoads: count(hot, "uniform-load"),
    spills: count(hot, "spill"),
  };
}
