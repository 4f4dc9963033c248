// The .safetensors parser and the detection of networks, given files that were damaged or made up.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { EsrganError } from "../../src/errors.js";
import { type Model, readModel } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { floatsToHalves, floatToHalf } from "../../src/weights/half.js";
import { parseSafetensors } from "../../src/weights/safetensors.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import { compactWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { safetensorsFile, serializeSafetensors } from "../weights/safetensors-file.js";
import { mutated, mutations } from "./mutations.js";
import { cases } from "./runs.js";

const NETWORKS: readonly TensorMap[] = [
  rrdbWeights({ metadata: { scale: "4" } }),
  rrdbWeights({ plus: true, layout: "old-arch" }),
  rrdbWeights({ unshuffle: 2, layout: "esrgan" }),
  rrdnWeights({ metadata: { activation: "leaky-relu" } }),
  compactWeights({ metadata: { scale: "4" } }),
  asHalves(compactWeights({ channels: 1, scale: 2 })),
];
const PIXEL: Pixels = { width: 1, height: 1, channels: 3, bits: 8, data: Uint8Array.of(10, 128, 250) };
const MAX_SCALE_TRIED = 16; // Files may say any scale, which only costs time here.
const FILES = NETWORKS.map(serializeSafetensors);

/** By index, since a report of a failure would show all the weights. */
const whichNetwork = fc.nat(NETWORKS.length - 1);

function asHalves(map: TensorMap): TensorMap {
  const tensors = [...map.tensors].map(([name, tensor]): [string, WeightTensor] => [
    name,
    new WeightTensor(name, tensor.shape, floatsToHalves(tensor.floats())),
  ]);
  return { ...map, tensors: new Map(tensors) };
}

/** The tensors, all whole and finite and no more memory than the file has, or an error that says what is wrong. */
function expectSoundOrRefused(file: Uint8Array): TensorMap | undefined {
  let map: TensorMap;
  try {
    map = parseSafetensors(file);
  } catch (error) {
    expectRefusal(error, ["bad-weights"]);
    return undefined;
  }
  let bytes = 0;
  for (const [name, tensor] of map.tensors) {
    expect(tensor.name).toBe(name);
    expect(tensor.data.length).toBe(tensor.shape.reduce((product, extent) => product * extent, 1));
    expect(tensor.floats().every(Number.isFinite)).toBe(true);
    bytes += tensor.data.byteLength;
  }
  // BF16 doubles.
  expect(bytes).toBeLessThanOrEqual(2 * file.length);
  return map;
}

function expectRefusal(error: unknown, codes: readonly string[]): void {
  if (!(error instanceof EsrganError)) throw error;
  expect(codes).toContain(error.code);
  expect(error.message).toMatch(/^[^\n\r]+$/);
  expect(error.message.length).toBeLessThan(2000);
}

/** A network that upscales, or an error that says what is wrong. */
async function expectModelOrRefused(file: Uint8Array): Promise<Model | undefined> {
  let model: Model;
  try {
    model = await readModel(file);
  } catch (error) {
    expectRefusal(error, ["bad-weights", "unsupported-model"]);
    return undefined;
  }
  const { scale } = model.network;
  if (scale <= MAX_SCALE_TRIED) {
    expect(upscaleOnCpu(model, PIXEL)).toMatchObject({ width: scale, height: scale, channels: 3, bits: 8 });
  }
  return model;
}

/** Else what was drawn is all of one kind, and the property says little. */
function expectBoth({ taken, refused }: { taken: number; refused: number }): void {
  expect(Math.min(taken, refused) / (taken + refused)).toBeGreaterThan(0.05);
}

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const shape = fc.array(fc.nat(3), { maxLength: 4 });
const tensorName = fc.string({ unit: "binary", maxLength: 20 }).filter((name) => name !== "__metadata__");
const countOf = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);
const tensor = fc.tuple(tensorName, shape, fc.boolean()).chain(([name, extents, isHalf]) =>
  fc
    .array(isHalf ? finite.filter((value) => Math.abs(value) < 65504) : finite, {
      minLength: countOf(extents),
      maxLength: countOf(extents),
    })
    .map((values): [string, WeightTensor] => [
      name,
      new WeightTensor(name, extents, isHalf ? Uint16Array.from(values, floatToHalf) : Float32Array.from(values)),
    ]),
);
const weightFile: fc.Arbitrary<TensorMap> = fc.record({
  tensors: fc.array(tensor, { maxLength: 6 }).map((entries) => new Map(entries)),
  metadata: fc
    .array(fc.tuple(fc.oneof(fc.string({ unit: "binary" }), fc.constant("__proto__")), fc.string({ unit: "binary" })))
    .map((entries) => Object.assign(Object.create(null), Object.fromEntries(entries)) as Record<string, string>),
});

describe("parseSafetensors", () => {
  it("gives back what was written", () => {
    fc.assert(
      fc.property(weightFile, (map) => {
        const read = parseSafetensors(serializeSafetensors(map));
        expect([...read.tensors]).toEqual([...map.tensors]);
        expect(read.metadata).toEqual(map.metadata);
      }),
      cases(500),
    );
  });

  it("takes or refuses any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectSoundOrRefused(bytes);
        // As a header of the right length, which the parser looks into.
        expectSoundOrRefused(safetensorsFile(bytes, 8));
      }),
      cases(1000),
    );
  });

  it("takes or refuses any words of a header in any order", () => {
    const words = [
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"w"',
      '"dtype"',
      '"shape"',
      '"data_offsets"',
      '"F32"',
      '"BF16"',
    ].concat([
      "0",
      "4",
      "8",
      "4294967296",
      "-1",
      "1e5",
      "null",
      '"__metadata__"',
      '"\\ud800"',
      '"',
      "\\",
      " ",
      "\u00e9",
    ]);
    const entry = '"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 40 }), fc.nat(12), (chosen, dataBytes) => {
        expectSoundOrRefused(safetensorsFile(`{${chosen.join("")}}`, dataBytes));
        expectSoundOrRefused(safetensorsFile(`{${entry},${chosen.join("")}}`, dataBytes));
      }),
      cases(1000),
    );
  });

  it("refuses numbers that lie, and takes no memory for them", () => {
    const honest = fc.record({
      dtype: fc.constantFrom("F32", "F16", "BF16", "F64"),
      shape: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    });
    const lie = fc.record({
      which: fc.nat(),
      field: fc.constantFrom("extent", "begin", "end", "both"),
      value: fc.constantFrom(0, 1, 4, 2 ** 16, 2 ** 26, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53),
    });
    const widths: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };
    const outcomes = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.array(honest, { minLength: 1, maxLength: 4 }),
        fc.array(lie, { maxLength: 2 }),
        (tensors, lies) => {
          let end = 0;
          const entries = tensors.map(({ dtype, shape: extents }) => {
            const begin = end;
            end += countOf(extents) * widths[dtype]!;
            return { dtype, shape: [...extents], data_offsets: [begin, end] };
          });
          for (const { which, field, value } of lies) {
            const entry = entries[which % entries.length]!;
            if (field === "extent") entry.shape[which % entry.shape.length] = value;
            if (field !== "extent" && field !== "end") entry.data_offsets[0] = value;
            if (field === "end") entry.data_offsets[1] = value;
            if (field === "both") entry.data_offsets[1] = value + countOf(entry.shape) * widths[entry.dtype]!;
          }
          const header = JSON.stringify(Object.fromEntries(entries.map((entry, i) => [`t${i}`, entry])));
          const file = safetensorsFile(header, end);
          const before = process.memoryUsage().arrayBuffers;
          const map = expectSoundOrRefused(file);
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
          if (lies.length === 0) expect(map?.tensors.size).toBe(tensors.length);
          outcomes[map ? "taken" : "refused"]++;
        },
      ),
      cases(1000),
    );
    expectBoth(outcomes);
  });
});

describe("readModel", () => {
  it("takes or refuses a damaged file", async () => {
    const outcomes = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(whichNetwork, mutations, async (which, changes) => {
        const damaged = mutated(FILES[which]!, changes);
        expectSoundOrRefused(damaged);
        outcomes[(await expectModelOrRefused(damaged)) ? "taken" : "refused"]++;
      }),
      cases(600),
    );
    expectBoth(outcomes);
  });

  it("takes or refuses the header of one file before the data of another", async () => {
    const headerEnd = (file: Uint8Array) => 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    await fc.assert(
      fc.asyncProperty(whichNetwork, whichNetwork, mutations, async (first, second, changes) => {
        const [a, b] = [FILES[first]!, FILES[second]!];
        const header = mutated(a.subarray(8, headerEnd(a)), changes);
        const file = safetensorsFile(header, b.subarray(headerEnd(b)));
        expectSoundOrRefused(file);
        await expectModelOrRefused(file);
      }),
      cases(300),
    );
  });

  it("takes or refuses tensors that are missing, renamed, of another shape or too many", async () => {
    const change = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom("remove", "rename", "reshape", "add"),
      from: fc.nat(),
      shape: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(
        whichNetwork,
        fc.array(change, { maxLength: 2 }),
        fc.record(
          {
            scale: fc.constantFrom("0", "1", "3", "4", "x", "1e3", "99999999999"),
            activation: fc.constantFrom("relu", "leaky-relu", "prelu", "constructor", "__proto__", ""),
          },
          { requiredKeys: [] },
        ),
        async (which, changes, said) => {
          const network = NETWORKS[which]!;
          const tensors = new Map(network.tensors);
          const names = [...tensors.keys()];
          for (const { at, kind, from, shape: extents } of changes) {
            const name = names[at % names.length]!;
            const other = names[from % names.length]!.replace(/\d+/, (digits) => String(Number(digits) + (from % 3)));
            const made = new WeightTensor(name, extents, new Float32Array(countOf(extents)));
            if (kind === "remove") tensors.delete(name);
            else if (kind === "rename") tensors.set(other, tensors.get(name) ?? made);
            else tensors.set(kind === "add" ? other : name, made);
          }
          await expectModelOrRefused(serializeSafetensors({ tensors, metadata: { ...network.metadata, ...said } }));
        },
      ),
      cases(600),
    );
  });

  it("takes or refuses tensors and metadata of any name, and says so in one line", async () => {
    await fc.assert(
      fc.asyncProperty(weightFile, fc.option(whichNetwork), async (drawn, which) => {
        const network = which === null ? [] : NETWORKS[which]!.tensors;
        const tensors = new Map([...drawn.tensors, ...network]);
        await expectModelOrRefused(serializeSafetensors({ tensors, metadata: drawn.metadata }));
      }),
      cases(500),
    );
  });

  it("refuses a value that is no finite number, wherever it is, and names its tensor", async () => {
    await fc.assert(
      fc.asyncProperty(
        whichNetwork,
        fc.boolean(),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        async (network, isHalf, which, where, value) => {
          const map = isHalf ? asHalves(NETWORKS[network]!) : NETWORKS[network]!;
          const [name, { shape: extents, data }] = [...map.tensors][which % map.tensors.size]!;
          const index = where % data.length;
          const poisoned = data.slice();
          poisoned[index] = poisoned instanceof Uint16Array ? floatToHalf(value) : value;
          const tensors = new Map(map.tensors).set(name, new WeightTensor(name, extents, poisoned));
          await expect(readModel(serializeSafetensors({ ...map, tensors }))).rejects.toMatchObject({
            code: "bad-weights",
            message: `Tensor ${name} holds ${value} at index ${index}, expected finite numbers`,
          });
        },
      ),
      cases(200),
    );
  });
});
