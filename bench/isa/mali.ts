// Owns reading Mali's assembly as Mesa's compiler prints it.

import { type Instruction, loopsOf, type Program } from "./hot-loop.js";

export function readMali(assembly: string): Program {
  const lines = assembly
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[A-Z]/.test(line));
  // A branch says how many instructions it goes back.
  const branches = lines.map((text, at) => {
    const offset = /^BRANCHZ?I?\S*.*offset:(-\d+)/.exec(text)?.[1];
    return [at, offset === undefined ? undefined : Math.max(0, at + 1 + Number(offset))] as const;
  });
  return { instructions: lines.map(read), loops: loopsOf(branches) };
}

function read(line: string): Instruction {
  const op = line.split(" ")[0]!;
  const none = { slots: 0, macs: 0 };
  if (/^(LD_|LOAD)/.test(op)) return { kind: line.includes("thread_local") ? "spill" : "load", ...none };
  if (/^(STORE|LEA)/.test(op)) return { kind: line.includes("thread_local") ? "spill" : "other", ...none };
  if (/^(BRANCH|JUMP)/.test(op)) return { kind: "other", ...none };
  const macs = op.startsWith("FMA.v2f16") ? 2 : op.startsWith("FMA") ? 1 : 0;
  return { kind: "arithmetic", slots: 1, macs };
}
