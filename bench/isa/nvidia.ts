// Owns reading NVIDIA's assembly as Mesa's compiler prints it.

import { type Instruction, loopsOf, type Program } from "./hot-loop.js";
import { splitLabels } from "./labels.js";

const NO_SLOT = /^(bra|bssy|bsync|bclear|nop|exit|warpsync)/;

export function readNvidia(assembly: string): Program {
  const { lines, labels } = splitLabels(
    assembly,
    (line) => /^block\S* \d+ (L\d+)/.exec(line)?.[1],
    (line) => line !== "" && !/^(\}|Shader|---|#)/.test(line),
  );
  const branches = lines.map((text, at) => {
    const label = /\bbra .*(L\d+)/.exec(text)?.[1];
    return [at, label === undefined ? undefined : labels.get(label)] as const;
  });
  return { instructions: lines.map(read), loops: loopsOf(branches) };
}

function read(line: string): Instruction {
  const code = line.split("//")[0]!.trim();
  const unconditional = code.replace(/^@!?u?p\d+\s+/, "");
  const op = unconditional.slice(unconditional.includes(" = ") ? unconditional.indexOf(" = ") + 3 : 0).split(" ")[0]!;
  const none = { slots: 0, macs: 0 };
  if (/^(ld\.global|ldg)/.test(op)) return { kind: "load", ...none };
  if (/^u?ldc/.test(op)) return { kind: "uniform-load", ...none };
  if (/^(ld|st)\.local/.test(op)) return { kind: "spill", ...none };
  if (/^(st\.|ld\.shared)/.test(op) || NO_SLOT.test(op)) return { kind: "other", ...none };
  const macs = op.startsWith("hfma2") ? 2 : op.startsWith("ffma") ? 1 : 0;
  return { kind: "arithmetic", slots: 1, macs };
}
