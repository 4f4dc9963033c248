// What thin networks take beside 64->64, from figures of kernels that are made up here.

import { expect, it } from "vitest";
import { networkRatios } from "../../bench/isa/networks.js";
import type { KernelFigures } from "../../bench/isa/report.js";

const LOOP = { isLoop: true, macs: 100, slotsAround: 0, slotsOutside: 0, vectorLoads: 0, scalarLoads: 0, spills: 0 };

/** A kernel of 100 multiply-accumulates a trip. */
function kernel(shape: string, slots: number, more: Partial<KernelFigures> = {}, outside = 0): KernelFigures {
  return {
    ...{ shape, storage: "f32", variant: "direct", isDefault: true, gpu: "tgl", ms: 1 },
    ...{ bodyMacs: 100, directMacs: 1, usefulShare: 1, trips: 2, tripsAround: 1, slotsPerMac: slots / 100 },
    shader: {
      ...{ vectorRegisters: 1, spilledVectors: 0, spilledScalars: 0, scratchBytes: 0, waves: 1, subgroup: 8 },
      loop: { ...LOOP, slots, slotsOutside: outside },
    },
    ...more,
  } as KernelFigures;
}

// Of VDSR's 18 * 36,864 + 2 * 576 multiply-accumulates a pixel, the ends are 576 each.
const ENDS = 576 / (18 * 64 * 64 * 9 + 2 * 576);

it("weighs layers by the work that the network means", () => {
  const rows = [kernel("64->64", 100), kernel("1->64", 300), kernel("64->1", 100, { usefulShare: 0.25 })];
  const [ratio] = networkRatios(rows);
  expect(ratio).toMatchObject({ network: "VDSR", gpu: "tgl", storage: "f32" });
  expect(ratio!.loops).toBeCloseTo(1 + ENDS * 2 + ENDS * 3, 9);
});

it("counts what is around the loop once", () => {
  // 100 slots for 100 trips' worth twice, and 20 outside: 1.1 a multiply-accumulate.
  const rows = [kernel("64->64", 100), kernel("1->64", 100, {}, 20), kernel("64->1", 100)];
  const [ratio] = networkRatios(rows);
  expect(ratio!.loops).toBeCloseTo(1, 9);
  expect(ratio!.whole).toBeCloseTo(1 + ENDS * 0.1, 9);
});

it("says nothing of a network of which a kernel is missing, nor of kernels that are no default", () => {
  expect(networkRatios([kernel("64->64", 100), kernel("1->64", 300)])).toEqual([]);
  expect(networkRatios(["64->64", "1->64", "64->1"].map((shape) => kernel(shape, 1, { isDefault: false })))).toEqual(
    [],
  );
});
