// The readers of the other vendors' assembly: committed pieces of what Mesa 26 printed for two toy kernels, whose figures were
// counted by hand, and lines that matter by themselves.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readAdreno } from "../../bench/isa/adreno.js";
import { hotLoop, type Program } from "../../bench/isa/hot-loop.js";
import { readIntel } from "../../bench/isa/intel.js";
import { readMali } from "../../bench/isa/mali.js";
import { readNvidia } from "../../bench/isa/nvidia.js";
import { figuresOf, troubles } from "../../bench/isa/report.js";
import { readStatistics } from "../../bench/isa/statistics.js";

function figures(gpu: string) {
  const text = readFileSync(new URL(`./compiler-output/${gpu}.txt`, import.meta.url), "utf8");
  return figuresOf(gpu, text);
}

const only = ({ instructions }: Program) => instructions[0]!;

describe("Intel's", () => {
  const [loop, halves] = figures("tgl");

  it("loop counts an instruction of a whole subgroup as one slot a lane", () => {
    // 28 instructions of 16 lanes, and 8 narrower ones, which take half as long.
    expect(loop?.shader).toMatchObject({ subgroup: 16, vectorRegisters: 45, spilledVectors: 0 });
    expect(loop?.shader?.loop).toEqual({
      isLoop: true,
      slots: 28 + 8 / 2,
      macs: 16,
      slotsAround: 0,
      slotsOutside: 27,
      vectorLoads: 1,
      scalarLoads: 1,
      spills: 0,
    });
    expect(loop?.slotsPerMac).toBe(2);
  });

  it("halves are two lanes a slot", () => {
    expect(halves?.shader?.loop).toMatchObject({ isLoop: true, macs: 16, vectorLoads: 1, scalarLoads: 1 });
    const mad = "mad(16) g37<1>HF g63<8,8,1>HF g81<8,8,1>HF g26.0<0,1,0>HF { align1 1H };";
    expect(only(readIntel(mad, { gpu: "tgl", lanes: 16 }))).toEqual({ kind: "arithmetic", slots: 0.5, macs: 1 });
  });

  it.each([
    ["tgl", 16, "mad(16) g37<1>F g63<8,8,1>F g81<8,8,1>F g26.0<0,1,0>F", { slots: 1, macs: 1 }],
    ["bmg", 32, "mad(16) g37<1>F g63<8,8,1>F g81<8,8,1>F g26.0<0,1,0>F", { slots: 0.5, macs: 0.5 }],
    ["bmg", 32, "mad(32) g37<1>HF g63<8,8,1>HF g81<8,8,1>HF g26.0<0,1,0>HF", { slots: 0.5, macs: 1 }],
    ["tgl", 8, "mad(8) g37<1>D g63<8,8,1>D g81<8,8,1>D g26.0<0,1,0>D", { slots: 1, macs: 0 }],
    ["bmg", 16, "dpas.8x8(16) g16<1>F g104<1,1,0>F g72<1,1,0>HF g100<1,1,0>HF", { slots: 0, macs: 8 * 16 }],
    ["dg2", 8, "dpas.8x8(8) g16<1>F g104<1,1,0>F g72<1,1,0>HF g100<1,1,0>HF", { slots: 0, macs: 8 * 16 }],
    ["tgl", 16, "sync nop(1) null<0,1,0>UB", { slots: 0, macs: 0 }],
  ])("of %s with %i lanes: %s", (gpu, lanes, line, expected) => {
    expect(only(readIntel(line, { gpu, lanes }))).toMatchObject(expected);
  });

  it.each([
    ["hdc1 MsgDesc: (untyped surface read, Surface = 2, SIMD16, Mask = 0x0) mlen 2 ex_mlen 0 rlen 8", "load"],
    ["hdc0 MsgDesc: (DC unaligned OWORD block read, bti 3, 3) mlen 1 ex_mlen 0 rlen 2", "uniform-load"],
    ["hdc1 MsgDesc: (DC untyped surface write, Surface = 4) mlen 2 ex_mlen 8 rlen 0", "other"],
    ["hdc0 MsgDesc: (DC OWORD block write, bti 255, 2) mlen 1 ex_mlen 2 rlen 0 OWORD", "spill"],
    ["ugm MsgDesc: ( load_cmask, a32, d32, bss ) base_offset 0 src0_len = 2, dst_len = 2", "spill"],
  ] as const)("message %s", (message, kind) => {
    const text = `send(16) g81UD g27UD nullUD 0x04805002 0x00000000\n  ${message} { align1 1H };`;
    expect(only(readIntel(text, { gpu: "tgl", lanes: 16 })).kind).toBe(kind);
  });
});

describe("Adreno's", () => {
  const [loop, halves] = figures("a730");

  it("loop counts repetitions, waits and halves", () => {
    expect(loop?.shader).toMatchObject({ subgroup: 64, waves: 16 });
    expect(loop?.shader?.loop).toMatchObject({ isLoop: true, slots: 47.5, macs: 16, vectorLoads: 5, scalarLoads: 0 });
    expect(halves?.shader?.loop).toMatchObject({ isLoop: true, macs: 16, vectorLoads: 3 });
  });

  it.each([
    ["(sy)(rpt1)mad.f32 r4.y, (r)(last)r4.y, r3.x, (r)(last)r1.w", { kind: "arithmetic", slots: 2, macs: 2 }],
    ["(rpt3)mad.f16 hr2.w, (r)hr55.w, hr4.x, (r)hr2.w", { kind: "arithmetic", slots: 2, macs: 4 }],
    ["(nop3) add.u r49.y, r49.y, 1", { kind: "arithmetic", slots: 4, macs: 0 }],
    ["cov.u32u16 hr54.x, (last)r3.w", { kind: "arithmetic", slots: 1, macs: 0 }],
    ["(rpt1)nop", { kind: "arithmetic", slots: 2, macs: 0 }],
    ["isam.v.base0 (u16)(xyzw)hr4.x, r1.w, s#0, t#1", { kind: "load", slots: 0, macs: 0 }],
    ["ldc.4.k.imm.base0 c[a1.x], 0, 0", { kind: "uniform-load", slots: 0, macs: 0 }],
    ["stp.u32 p[r0.x], r1.x, 4", { kind: "spill", slots: 0, macs: 0 }],
  ])("%s", (line, expected) => {
    expect(only(readAdreno(line))).toEqual(expected);
  });
});

describe("NVIDIA's", () => {
  const [loop] = figures("ga102");

  it("loop goes from its block to the branch back", () => {
    expect(loop?.shader).toMatchObject({ subgroup: 32, vectorRegisters: 32, waves: 48, spilledVectors: 0 });
    expect(loop?.shader?.loop).toMatchObject({ isLoop: true, slots: 51, macs: 16, vectorLoads: 5, scalarLoads: 0 });
  });

  it.each([
    ["r5 = hfma2 r16 r12 r5 // delay=1", { kind: "arithmetic", slots: 1, macs: 2 }],
    ["ur0 = ldc.b32 c[0x0][+0x4] // delay=2 wr:0", { kind: "uniform-load", slots: 0, macs: 0 }],
    ["@!p0 st.local.a32.b32 [r1] r2", { kind: "spill", slots: 0, macs: 0 }],
    ["r2 = ld.local.a32.b32 [r1]", { kind: "spill", slots: 0, macs: 0 }],
    ["st.global.a64.strong.gpu.b128 [r0..2] r12..16", { kind: "other", slots: 0, macs: 0 }],
  ])("%s", (line, expected) => {
    expect(only(readNvidia(line))).toEqual(expected);
  });
});

describe("Mali's", () => {
  it("loop goes back by a number of instructions", () => {
    const text = `  MOV.i32 r0, 0x0
  LD_BUFFER.i128.slot1 @r4:r5:r6:r7, r8, u0, 0x2
  FMA.f32 r0, r4, r5, r0
  FMA.v2f16 r1, r4, r5, r1
  IADD.u32 r9, r9, u1
  STORE.i32.slot2 @r1, thread_local_pointer, 4
  BRANCHZ.eq.reconverge r9, offset:-6
  NOP.end`;
    expect(hotLoop(readMali(text))).toEqual({
      isLoop: true,
      slots: 3,
      macs: 3,
      slotsAround: 0,
      slotsOutside: 2,
      vectorLoads: 1,
      scalarLoads: 0,
      spills: 1,
    });
  });
});

describe("Apple's", () => {
  it("has registers and spills, and no loop, as its driver prints no assembly", () => {
    const [loop] = figures("m1");
    expect(loop?.shader).toMatchObject({ vectorRegisters: 51, spilledVectors: 0, waves: 1024, loop: undefined });
    expect(loop?.slotsPerMac).toBeUndefined();
  });
});

describe("the driver's statistics", () => {
  it("without an executable or its assembly are refused", () => {
    expect(() => readStatistics("STAT Spills = 0\n", "asahi", "m1")).toThrow("names no executable");
    expect(() => readStatistics("EXECUTABLE compute subgroup 16\n", "intel", "tgl")).toThrow("holds no assembly");
  });

  const troublesOf = (gpu: string, assembly: readonly string[], ms = 1) => {
    const name = { shape: "64->32", storage: "f32", variant: "direct", isDefault: true, bodyMacs: 1, directMacs: 1 };
    const text = [
      `KERNEL ${JSON.stringify(name)}`,
      "EXECUTABLE compute subgroup 64",
      "STAT Spills = 7",
      ...(assembly.length > 0 ? ["TEXT assembly", ...assembly, "TEXT END"] : []),
      `KERNEL END {"ms":${ms}}`,
    ];
    return troubles(figuresOf(gpu, `${text.join("\n")}\n`)).map((sentence) => sentence.split(" in f32 ")[1]);
  };
  const LOOP = ["l1:", "mad.f32 r1.x, r1.x, r1.x, r1.x", "jump #l1"];
  const SPILL = "stp.u32 p[r0.x], r1.x, 4";

  it("are trouble where they spill in the hot loop, not before it", () => {
    expect(troublesOf("a730", [SPILL, ...LOOP])).toEqual([]);
    expect(troublesOf("a730", ["l1:", SPILL, ...LOOP.slice(1)])).toEqual([
      "spills in its hot loop, 1 times a trip, expected none",
    ]);
  });

  it("are trouble where they spill anywhere and no loop is known", () => {
    expect(troublesOf("m1", [])).toEqual(["spills 7 vector registers and uses 0 bytes of scratch, expected none"]);
  });

  it("may be slow in coming under emulation alone", () => {
    expect(troublesOf("a730", LOOP, 70_000)).toEqual(["takes 70 s to compile, expected at most 60"]);
    const FMA = ["FMA.f32 r0, r4, r5, r0", "BRANCHZ.eq r9, offset:-2"];
    expect(troublesOf("g610", FMA, 70_000)).toEqual([]);
  });
});
