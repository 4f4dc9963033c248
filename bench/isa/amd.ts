// Owns reading what AMD's compiler prints of a shader (RADV_DEBUG=shaderstats,asm): its instructions and
// statistics.

import type { ShaderFigures } from "./figures.js";
import { hotLoop, type Instruction, loopsOf, type Program } from "./hot-loop.js";

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
export function readAmd(text: string): ShaderFigures {
  const assembly = /^disasm:\n([\s\S]*?)^\*\*\* SHADER STATS \*\*\*\n([\s\S]*?)^\*{10,}$/m.exec(text);
  if (!assembly) throw new Error("The compiler's output holds no disassembly followed by statistics");
  const [, code, statistics] = assembly as unknown as [string, string, string];
  const figure = (name: string) => {
    const found = new RegExp(`^${name}: (\\d+)$`, "m").exec(statistics);
    if (!found) throw new Error(`The compiler's statistics do not say "${name}"`);
    return Number(found[1]);
  };
  const figures = Object.fromEntries(Object.entries(STATISTICS).map(([key, name]) => [key, figure(name)]));
  return {
    ...(figures as Record<keyof typeof STATISTICS, number>),
    subgroup: undefined,
    loop: hotLoop(readProgram(code)),
  };
}

function readProgram(code: string): Program {
  const lines: string[] = [];
  const labels = new Map<string, number>();
  for (const line of code.split("\n")) {
    const label = /^(BB\d+):/.exec(line)?.[1];
    const again = Number(/^\t\(then repeated (\d+) times\)/.exec(line)?.[1] ?? 0);
    if (label) labels.set(label, lines.length);
    else if (again > 0) lines.push(...new Array<string>(again).fill(lines.at(-1) ?? ""));
    else if (line.startsWith("\t")) lines.push(line.split(";")[0]!.trim());
  }
  const branches = lines.map((text, at) => {
    const label = /^s_c?branch\w*\s+(BB\d+)/.exec(text)?.[1];
    return [at, label === undefined ? undefined : labels.get(label)] as const;
  });
  return { instructions: lines.map(read), loops: loopsOf(branches) };
}

// A compute unit of RDNA3 does 512 operations a clock in halves by matrices, 128 in f32 by its two vector units of 32 lanes: 16x16x16
// multiply-accumulates keep one of those for 32 clocks.
const WMMA_SLOTS = 32;

const productOf = (numbers: readonly string[]) => numbers.reduce((product, each) => product * Number(each), 1);

function read(text: string): Instruction {
  const matrix = /^v_wmma_f32_(\d+)x(\d+)x(\d+)_f16/.exec(text);
  if (matrix) return { kind: "arithmetic", slots: WMMA_SLOTS, macs: productOf(matrix.slice(1)) / 32 };
  const macs = macsOf(text);
  if (text.startsWith("v_")) return { kind: "arithmetic", slots: 1, macs };
  if (/^scratch_(load|store)/.test(text)) return { kind: "spill", slots: 0, macs };
  if (/^(buffer|global)_load/.test(text)) return { kind: "load", slots: 0, macs };
  if (/^s_(buffer_)?load/.test(text)) return { kind: "uniform-load", slots: 0, macs };
  return { kind: "other", slots: 0, macs };
}

/** Two in a dual-issued pair of them or of packed halves. */
function macsOf(text: string): number {
  if (text.startsWith("v_dual_")) return text.match(/v_dual_fma/g)?.length ?? 0;
  if (/^v_(pk_fma|dot2)/.test(text)) return 2;
  return /^v_(fma|mac|mad)/.test(text) ? 1 : 0;
}
