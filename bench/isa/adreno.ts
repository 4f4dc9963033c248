// Owns reading Adreno's assembly as Mesa's compiler prints it.

import { type Instruction, loopsOf, type Program } from "./hot-loop.js";
import { splitLabels } from "./labels.js";

export function readAdreno(assembly: string): Program {
  const { lines, labels } = splitLabels(
    assembly,
    (line) => /^(l\d+):$/.exec(line)?.[1],
    (line) => line !== "" && !/^[;@]|^Native/.test(line),
  );
  const branches = lines.map((text, at) => {
    const label = /(?:br\w*|jump|b[a-z]+)\b.*#(l\d+)/.exec(text)?.[1];
    return [at, label === undefined ? undefined : labels.get(label)] as const;
  });
  return { instructions: lines.map(read), loops: loopsOf(branches) };
}

function read(line: string): Instruction {
  // (rptN) repeats an instruction for N registers more, (nopN) waits for N slots after it.
  const count = 1 + Number(/\(rpt(\d)\)/.exec(line)?.[1] ?? 0);
  const waits = Number(/\(nop(\d)\)/.exec(line)?.[1] ?? 0);
  const op = line
    .replaceAll(/\([^)]*\)/g, "")
    .trim()
    .split(/\s/)[0]!;
  const none = { slots: 0, macs: 0 };
  if (/^(isam|ldib|ldg|sam)/.test(op)) return { kind: "load", ...none };
  if (/^(ldc|stc)/.test(op)) return { kind: "uniform-load", ...none };
  if (/^(ldp|stp)/.test(op)) return { kind: "spill", ...none };
  if (/^(br|jump|end|getone|shp|kill)/.test(op)) return { kind: "other", ...none };
  if (op === "nop") return { kind: "arithmetic", slots: count, macs: 0 };
  const isMac = /^mad\.f(16|32)/.test(op);
  const half = op.startsWith("mad.f16") || (/\shr\d/.test(line) && !/^(cov|mov)/.test(op));
  return { kind: "arithmetic", slots: count * (half ? 0.5 : 1) + waits, macs: isMac ? count : 0 };
}
