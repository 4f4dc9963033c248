// Owns reading Intel's assembly as Mesa's compiler prints it.

import { type Instruction, loopsOf, type Program } from "./hot-loop.js";

const CONTROL = new Set(["while", "if", "endif", "else", "break", "jmpi", "halt", "cont"]);

interface Line {
  readonly text: string;
  /** What a send says of its message, in the line after it. */
  message: string;
}

/** `lanes`: those of a subgroup. An instruction is of as many lanes as its width says. */
export function readIntel(assembly: string, { gpu, lanes }: { gpu: string; lanes: number }): Program {
  const lines: Line[] = [];
  const labels = new Map<string, number>();
  for (const text of assembly.split("\n").map((line) => line.trim())) {
    const label = /^(LABEL\d+):/.exec(text)?.[1];
    if (label) labels.set(label, lines.length);
    else if (text.includes("MsgDesc")) lines.at(-1)!.message = text;
    else if (/^(\([-+!\w.]+\)\s*)?[a-z]/.test(text)) lines.push({ text, message: "" });
  }
  // Lanes that the unit computes at once: Xe2's are twice as wide.
  const width = gpu === "lnl" || gpu === "bmg" ? 16 : 8;
  const branches = lines.map(({ text }, at) => {
    const label = /^(?:\([^)]*\)\s*)?(?:while|jmpi)\(?\d*\)?\s+JIP:\s+(LABEL\d+)/.exec(text)?.[1];
    return [at, label === undefined ? undefined : labels.get(label)] as const;
  });
  return { instructions: lines.map((line) => read(line, width, lanes)), loops: loopsOf(branches) };
}

function read({ text, message }: Line, unitWidth: number, lanes: number): Instruction {
  const matrix = /^dpas\.8x(\d)\((\d+)\)/.exec(text);
  // 8 deep, two halves each, so many rows; on a unit of its own.
  if (matrix) return { kind: "other", slots: 0, macs: (16 * Number(matrix[1]) * Number(matrix[2])) / lanes };
  const [, op, lanesText, destination] =
    /^(?:\([-+!\w.]+\)\s*)?([a-z]\w*)(?:\.[\w.]+)?\((\d+)\)\s+(\S+)/.exec(text) ?? [];
  const none = { slots: 0, macs: 0 };
  if (op === undefined || destination === undefined || op === "sync" || op === "nop" || CONTROL.has(op)) {
    return { kind: "other", ...none };
  }
  if (op.startsWith("send")) return { kind: messageKind(message), ...none };
  const width = Number(lanesText);
  const half = destination.includes("HF") || (op === "mad" && text.includes(":HF"));
  const passes = (Math.max(width, unitWidth) / unitWidth) * (half && width > unitWidth ? 0.5 : 1);
  const isMac = (op === "mad" || op === "mac") && !/[DW]$/.test(destination);
  return { kind: "arithmetic", slots: (passes * unitWidth) / lanes, macs: isMac ? width / lanes : 0 };
}

/** Spills go through the scratch space's surface. */
function messageKind(message: string): Instruction["kind"] {
  if (/surface_state_index|bti 253|scratch|bss/i.test(message) || /bti 255.*OWORD/.test(message)) return "spill";
  const received = Number(/(?:rlen|dst_len =) (\d+)/.exec(message)?.[1] ?? 0);
  if (received === 0) return "other";
  return /block read|V64|transpose|WE_all/i.test(message) ? "uniform-load" : "load";
}
