// Owns reading what AMD's compiler prints of a shader: its instructions and statistics, and the figures drawn from them. Which
// shaders there are is kernels.ts.

/** What the compiler says of one shader, and what its hot loop is made of. */
export interface ShaderFigures {
  /** Vector registers of an invocation, and how many did not fit and went to memory. */
  readonly vectorRegisters: number;
  readonly spilledVectors: number;
  readonly spilledScalars: number;
  readonly scratchBytes: number;
  /** Subgroups that a SIMD unit holds at once. */
  readonly waves: number;
  readonly loop: LoopFigures;
}

/** One trip of the loop with the most multiply-accumulates; the whole shader where there is no loop. */
export interface LoopFigures {
  readonly isLoop: boolean;
  /** Slots of the vector unit: a pair that is issued at once (v_dual_*) takes one. */
  readonly slots: number;
  /** Multiply-accumulates of one invocation. */
  readonly macs: number;
  /** Slots of the loops around this one, outside it. */
  readonly slotsAround: number;
  readonly vectorLoads: number;
  readonly scalarLoads: number;
}

const STATISTICS = {
  vectorRegisters: "VGPRs",
  spilledVectors: "Spilled VGPRs",
  spilledScalars: "Spilled SGPRs",
  scratchBytes: "Scratch size",
  waves: "Subgroups per SIMD",
} as const;

/**
 * Reads the listing of one shader: what RADV_DEBUG=shaderstats,asm prints while one pipeline is made.
 * @throws Error where there is no compute shader in it, or one without its statistics
 */
export function readListing(text: string): ShaderFigures {
  const assembly = /^disasm:\n([\s\S]*?)^\*\*\* SHADER STATS \*\*\*\n([\s\S]*?)^\*{10,}$/m.exec(text);
  if (!assembly) throw new Error("The compiler's output holds no disassembly followed by statistics");
  const [, code, statistics] = assembly as unknown as [string, string, string];
  const figure = (name: string) => {
    const found = new RegExp(`^${name}: (\\d+)$`, "m").exec(statistics);
    if (!found) throw new Error(`The compiler's statistics do not say "${name}"`);
    return Number(found[1]);
  };
  const figures = Object.fromEntries(Object.entries(STATISTICS).map(([key, name]) => [key, figure(name)]));
  return { ...(figures as Record<keyof typeof STATISTICS, number>), loop: hotLoop(readProgram(code)) };
}

interface Program {
  readonly instructions: readonly string[];
  /** The index of the first instruction after each label. */
  readonly labels: ReadonlyMap<string, number>;
}

function readProgram(code: string): Program {
  const instructions: string[] = [];
  const labels = new Map<string, number>();
  for (const line of code.split("\n")) {
    const label = /^(BB\d+):/.exec(line)?.[1];
    const again = Number(/^\t\(then repeated (\d+) times\)/.exec(line)?.[1] ?? 0);
    if (label) labels.set(label, instructions.length);
    else if (again > 0) instructions.push(...new Array<string>(again).fill(instructions.at(-1) ?? ""));
    else if (line.startsWith("\t")) instructions.push(line.split(";")[0]!.trim());
  }
  return { instructions, labels };
}

interface Span {
  readonly from: number;
  /** The branch back. */
  readonly to: number;
}

/** A branch to an earlier label closes a loop. A loop around another is not the hot one, unless it does most of the work itself. */
function hotLoop({ instructions, labels }: Program): LoopFigures {
  const loops: Span[] = instructions.flatMap((text, to) => {
    const label = /^s_c?branch\w*\s+(BB\d+)/.exec(text)?.[1];
    const from = label === undefined ? undefined : labels.get(label);
    return from !== undefined && from <= to ? [{ from, to }] : [];
  });
  const count = ({ from, to }: Span, of: (text: string) => number) => {
    let total = 0;
    for (let at = from; at <= to; at++) total += of(instructions[at]!);
    return total;
  };
  const length = ({ from, to }: Span) => to - from;
  const whole: Span = { from: 0, to: instructions.length - 1 };
  const work = (loop: Span) => count(loop, macsOf);
  const holdsMostOf = (outer: Span, inner: Span) =>
    outer !== inner && outer.from <= inner.from && outer.to >= inner.to && work(inner) >= work(outer) / 2;
  const innermost = loops.filter((loop) => !loops.some((other) => holdsMostOf(loop, other) && work(other) > 0));
  innermost.sort((a, b) => work(b) - work(a));
  const hot = innermost[0] ?? whole;
  const around = loops.filter((loop) => loop.from <= hot.from && loop.to >= hot.to);
  const widest = around.reduce((wide, loop) => (length(loop) > length(wide) ? loop : wide), hot);
  const slots = (text: string) => (text.startsWith("v_") ? 1 : 0);
  return {
    isLoop: innermost.length > 0,
    slots: count(hot, slots),
    macs: count(hot, macsOf),
    slotsAround: count(widest, slots) - count(hot, slots),
    vectorLoads: count(hot, (text) => (/^(buffer|global)_load/.test(text) ? 1 : 0)),
    scalarLoads: count(hot, (text) => (/^s_(buffer_)?load/.test(text) ? 1 : 0)),
  };
}

/** Multiply-accumulates of one invocation in one instruction: two in a dual-issued pair of them or of packed halves. */
function macsOf(text: string): number {
  if (text.startsWith("v_dual_")) return text.match(/v_dual_fma/g)?.length ?? 0;
  if (/^v_(pk_fma|dot2)/.test(text)) return 2;
  return /^v_(fma|mac|mad)/.test(text) ? 1 : 0;
}
