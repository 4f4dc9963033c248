// Owns reading what statistics.c prints of one shader: the driver's statistics under whatever names it
// has for them, and the assembly, which goes to the reader of its vendor.

import { readAdreno } from "./adreno.js";
import type { ShaderFigures } from "./figures.js";
import type { Driver } from "./gpus.js";
import { hotLoop, type Program } from "./hot-loop.js";
import { readIntel } from "./intel.js";
import { readMali } from "./mali.js";
import { readNvidia } from "./nvidia.js";

/** What the drivers call the same thing; the first that is there counts. */
const NAMES = {
  registers: ["Max live registers", "Registers used", "Number of GPRs", "GPRs"],
  spills: ["Spill count", "Spills to memory", "Spills", "STP Count"],
  scratchBytes: ["Scratch Memory Size", "Local memory size", "Scratch"],
  waves: ["Max Waves Per Core", "Max warps/SM", "Threads"],
} as const;

interface AssemblyContext {
  readonly gpu: string;
  /** Invocations of a subgroup. */
  readonly lanes: number;
}

const READERS: { readonly [D in Driver]?: (text: string, context: AssemblyContext) => Program } = {
  intel: readIntel,
  freedreno: readAdreno,
  nouveau: readNvidia,
  panfrost: readMali,
};

/**
 * Reads the listing of one shader.
 * @throws Error where there is none, or where the assembly is missing
 */
export function readStatistics(text: string, driver: Driver, gpu: string): ShaderFigures {
  const executable = /^EXECUTABLE .* subgroup (\d+)$/m.exec(text);
  if (!executable) throw new Error("The compiler's output names no executable");
  const values = new Map([...text.matchAll(/^STAT (.+) = (-?[\d.]+)$/gm)].map(([, name, value]) => [name!, +value!]));
  const value = (key: keyof typeof NAMES) => {
    const name = NAMES[key].find((each) => values.has(each));
    return name === undefined ? undefined : values.get(name);
  };
  const subgroup = Number(executable[1]);
  const reader = READERS[driver];
  let loop: ShaderFigures["loop"];
  if (reader) {
    const assembly = /^TEXT .*\n([\s\S]*?)^TEXT END$/m.exec(text)?.[1];
    if (assembly === undefined) throw new Error("The compiler's output holds no assembly");
    loop = hotLoop(reader(assembly, { gpu, lanes: subgroup }));
  }
  return {
    vectorRegisters: value("registers") ?? Number.NaN,
    spilledVectors: value("spills") ?? 0,
    spilledScalars: 0,
    scratchBytes: value("scratchBytes") ?? 0,
    waves: value("waves"),
    subgroup,
    loop,
  };
}
