// The report on AMD's compiler: a committed piece of its output (three small shaders compiled for navi31 by Mesa 25), whose
// figures were counted by hand, and what the report makes of figures that are not acceptable.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readAmd } from "../../bench/isa/amd.js";
import { figuresOf, type KernelFigures, overviewOf, tableOf, troubles } from "../../bench/isa/report.js";
import {
  type KernelName,
  type Outcome,
  progressOf,
  readSections,
  sectionEnd,
  sectionStart,
} from "../../bench/isa/section.js";

const output = readFileSync(new URL("./compiler-output/navi31.txt", import.meta.url), "utf8");

/** A listing of these lines of assembly, with statistics that differ from the usual in `statistics`. */
function listing(assembly: readonly string[], statistics: Readonly<Record<string, number>> = {}): string {
  const all = { VGPRs: 24, "Spilled SGPRs": 0, "Spilled VGPRs": 0, "Scratch size": 0, "Subgroups per SIMD": 16 };
  const lines = Object.entries({ ...all, ...statistics }).map(([name, value]) => `${name}: ${value}`);
  const code = assembly.map((line) => (/^BB\d+:/.test(line) ? line : `\t${line}`));
  return ["disasm:", ...code, "", "*** SHADER STATS ***", ...lines, "********************", ""].join("\n");
}

const loopOf = (assembly: readonly string[]) => readAmd(listing(assembly)).loop!;

describe("the compiler's own output", () => {
  const [pairs, packed, straight] = figuresOf("navi31", output) as [KernelFigures, KernelFigures, KernelFigures];

  it("has the kernels that were marked", () => {
    expect(readSections(output).map(({ name }) => name.variant)).toEqual(["pairs", "packed nested", "straight"]);
  });

  it("counts a pair that is issued at once as one slot and two multiply-accumulates", () => {
    expect(pairs.shader?.loop).toEqual({
      isLoop: true,
      slots: 12,
      macs: 16,
      slotsAround: 0,
      slotsOutside: 4,
      vectorLoads: 1,
      scalarLoads: 2,
      spills: 0,
    });
    expect(pairs.slotsPerMac).toBe(12 / 16);
  });

  it("takes the inner loop, although the outer one holds a few multiply-accumulates more", () => {
    expect(packed.shader?.loop).toMatchObject({
      isLoop: true,
      slots: 10,
      macs: 16,
      slotsAround: 6,
      vectorLoads: 1,
      scalarLoads: 1,
    });
    expect(packed.slotsPerMac).toBe(10 / (16 * 2.25));
  });

  it("takes the whole shader where there is no loop", () => {
    expect(straight.shader?.loop).toMatchObject({ isLoop: false, slots: 6, macs: 4, slotsAround: 0 });
  });

  it("counts a product of matrices as what each of 32 lanes has of it, in the time that takes", () => {
    const line = "v_wmma_f32_16x16x16_f16 v[8:15], v[132:139], v[76:83], v[8:15]";
    expect(loopOf(["BB0:", line, "s_cbranch_scc0 BB0"])).toMatchObject({ isLoop: true, slots: 32, macs: 128 });
  });

  it("has registers, spills, scratch and waves", () => {
    expect(pairs.shader).toMatchObject({
      vectorRegisters: 24,
      spilledVectors: 0,
      spilledScalars: 0,
      scratchBytes: 0,
      waves: 16,
    });
    expect(straight.shader).toMatchObject({ vectorRegisters: 12, waves: 32 });
  });
});

describe("a listing", () => {
  const LOOP = ["BB1:", "v_fmac_f32_e32 v4, s16, v8", "s_cbranch_scc0 BB1"];

  it.each([
    ["v_fma_f32 v1, v2, v3, v4", 1],
    ["v_fmaak_f32 v1, v2, v3, 0x3f000000", 1],
    ["v_mac_f32_e32 v1, v2, v3", 1],
    ["v_pk_fma_f16 v1, v2, v3, v4", 2],
    ["v_dot2_f32_f16 v1, v2, v3, v4", 2],
    ["v_dual_fmac_f32 v1, s1, v3 :: v_dual_mov_b32 v4, 0", 1],
    ["v_dual_add_f32 v1, v2, v3 :: v_dual_mov_b32 v4, 0", 0],
    ["v_pk_mul_f16 v1, v2, v3", 0],
    ["v_add_f32_e32 v1, v2, v3", 0],
  ])("%s does %i multiply-accumulates in one slot", (instruction, macs) => {
    expect(loopOf(["BB1:", instruction, "s_branch BB1"])).toMatchObject({ slots: 1, macs });
  });

  it("of two loops means the one with more work", () => {
    const second = ["BB2:", "v_pk_fma_f16 v1, v2, v3, v4", "s_cbranch_scc0 BB2"];
    expect(loopOf([...LOOP, ...second])).toMatchObject({ slots: 1, macs: 2, slotsAround: 0 });
    expect(loopOf([...second, ...LOOP])).toMatchObject({ slots: 1, macs: 2, slotsAround: 0 });
  });

  it("means the outer loop where that does the work itself", () => {
    const outer = ["BB0:", ...LOOP, ...new Array(4).fill("v_fmac_f32_e32 v4, s16, v8"), "s_branch BB0"];
    expect(loopOf(outer)).toMatchObject({ slots: 5, macs: 5, slotsAround: 0 });
  });

  it("does not take a branch forward for a loop", () => {
    expect(loopOf(["s_cbranch_execz BB1", "v_mov_b32_e32 v1, 0", "BB1:", "s_endpgm"]).isLoop).toBe(false);
  });

  it("counts lines that the compiler says it repeats", () => {
    expect(loopOf(["BB1:", "v_nop", "(then repeated 3 times)", "s_branch BB1"]).slots).toBe(4);
  });

  it("without statistics is refused", () => {
    expect(() => readAmd("disasm:\nBB0:\n\ts_endpgm\n")).toThrow("no disassembly followed by statistics");
    expect(() => readAmd(listing(LOOP).replace("VGPRs: 24\n", ""))).toThrow('do not say "VGPRs"');
  });
});

describe("the report", () => {
  const name = {
    shape: "64->32",
    storage: "f32",
    variant: "direct",
    isDefault: true,
    bodyMacs: 4,
    directMacs: 1,
    usefulShare: 1,
    trips: 2,
    tripsAround: 2,
  } as const;
  const section = (each: Partial<KernelName>, text: string, outcome: Outcome = { ms: 1 }) =>
    `${sectionStart({ ...name, ...each })}\n${text}${sectionEnd(outcome)}\n`;
  const loop = ["BB1:", ...new Array(9).fill("v_fmac_f32_e32 v4, s16, v8"), "s_branch BB1"];

  it("counts work by what the kernel's body is known to do: 9 instructions for two trips of 4", () => {
    expect(figuresOf("navi31", section({}, listing(loop)))[0]).toMatchObject({ slotsPerMac: 9 / 8 });
  });

  it("complains of default kernels that spill or use scratch, and of no others", () => {
    const spilling = listing(loop, { "Spilled VGPRs": 3 });
    const scratch = listing(loop, { "Scratch size": 64 });
    const text =
      section({}, listing(loop, { "Spilled SGPRs": 9 })) +
      section({ variant: "winograd" }, spilling) +
      section({ isDefault: false }, spilling) +
      section({ storage: "f16" }, scratch);
    expect(troubles(figuresOf("navi21", text))).toEqual([
      "On navi21 the default kernel winograd of 64->32 in f32 spills 3 vector registers and uses 0 bytes of scratch, expected none",
      "On navi21 the default kernel direct of 64->32 in f16 spills 0 vector registers and uses 64 bytes of scratch, expected none",
    ]);
  });

  it("refuses output that ends within a kernel", () => {
    const ended = /KERNEL END .*\n/;
    const cut = section({}, listing(loop)).replace(ended, "") + section({}, listing(loop));
    expect(() => figuresOf("navi31", cut)).toThrow("did not come to the end");
    expect(() => figuresOf("navi31", section({}, listing(loop)).replace(ended, ""))).toThrow("did not come to the end");
  });

  it("complains of default kernels that are refused or take too long to compile, and of no others", () => {
    const refused = { ms: 5, refused: "the driver crashed" };
    const text =
      section({}, "", refused) +
      section({ isDefault: false }, "", refused) +
      section({ storage: "f16" }, listing(loop), { ms: 60_001 }) +
      section({ storage: "packed-f16" }, listing(loop), { ms: 60_000 });
    expect(troubles(figuresOf("navi21", text))).toEqual([
      "On navi21 the default kernel direct of 64->32 in f32 is refused: the driver crashed",
      "On navi21 the default kernel direct of 64->32 in f16 takes 60 s to compile, expected at most 60",
    ]);
  });

  it("knows where to go on after a kernel that ended the process", () => {
    const ended = section({}, listing(loop));
    expect(progressOf(ended + ended)).toEqual({ begun: 2, isOpen: false });
    expect(progressOf(ended + sectionStart(name))).toEqual({ begun: 2, isOpen: true });
    expect(progressOf("")).toEqual({ begun: 0, isOpen: false });
  });

  it("has the GPUs beside one another, a line a kernel", () => {
    const spilling = listing(loop, { "Spilled VGPRs": 3 });
    const text = overviewOf([
      ...figuresOf("navi21", section({}, listing(loop)) + section({ storage: "f16" }, spilling)),
      ...figuresOf("navi31", section({}, "", { ms: 1, refused: "it is large" })),
    ]);
    expect(text.split("\n").map((line) => line.replaceAll(/ {2,}/g, " "))).toEqual([
      "kernel navi21 navi31",
      "64->32 | direct | f32 *1.125 L0 U0 r24 s0 w16 *refused",
      "64->32 | direct | f16 *1.125 L0 U0 r24 s(3) w16",
      "",
    ]);
  });

  it("is a table with the default kernels marked", () => {
    const lines = tableOf(
      figuresOf("navi31", section({}, listing(loop)) + section({ isDefault: false }, listing(loop))),
    );
    const [head, first, second] = lines.split("\n") as [string, string, string];
    expect(head).toMatch(/^convolution +variant +storage +slots\/MAC/);
    expect(first).toMatch(/^64->32 +\*direct +f32 +1\.125 +9 /);
    expect(second).toMatch(/^64->32 {2,}direct /);
  });
});
