// The reader of checkpoints, given files that were damaged or made up: pickles are programs, and archives say how large they are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EsrganError } from "../../src/errors.js";
import { detectNetwork } from "../../src/models/detect.js";
import { parsePth } from "../../src/weights/pth.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import { compactWeights, rrdbWeights } from "../cases/networks.js";
import {
  concat,
  integer,
  latin1,
  legacyPthFile,
  pthFile,
  pthMembers,
  type Stored,
  StoredObject,
  StoredTensor,
  storedTensors,
  text,
  zipFile,
} from "../weights/pth-file.js";
import { mutated, mutations } from "./mutations.js";
import { cases } from "./runs.js";

const SMALL = { features: 2, growth: 1, ups: 1 } as const;
const VALUES: readonly Stored[] = [
  { params_ema: storedTensors(compactWeights({ features: 2, scale: 2 })), params: {}, epoch: 3 },
  { state_dict: storedTensors(compactWeights({ features: 2, scale: 1 }), "f16"), hook: new StoredObject("os.system") },
  { n_averaged: new StoredTensor([], [5], "i64"), ...storedTensors(compactWeights({ features: 2, scale: 1 }), "f64") },
  storedTensors(rrdbWeights({ ...SMALL, layout: "esrgan" }), "bf16"),
  {
    "body.0.weight": new StoredTensor([2, 3], [1, 2, 3, 4, 5, 6, 7], "f32", { strides: [1, 2], offset: 1 }),
    "body.1.weight": new StoredTensor([4], [1], "f16", { strides: [0] }),
  },
];
const FILES = [...VALUES.map(pthFile), ...VALUES.map(legacyPthFile)];
const REPEATED_BYTES = 8 * 2 ** 20; // What views may repeat beyond their file: 2^20 weights, gathered and widened.

/** By index, since a report of a failure would show all the bytes. */
const whichValue = fc.nat(VALUES.length - 1);
const whichFile = fc.nat(FILES.length - 1);

/** The tensors, whole and finite, in bounded memory, or an error that says in one line what is wrong. */
function expectSoundOrRefused(file: Uint8Array): "taken" | "refused" {
  let map: TensorMap;
  try {
    map = parsePth(file);
  } catch (error) {
    expectRefusal(error, ["bad-weights"]);
    return "refused";
  }
  let bytes = 0;
  for (const [name, tensor] of map.tensors) {
    expect(tensor.name).toBe(name);
    expect(tensor.data.length).toBe(tensor.shape.reduce((product, extent) => product * extent, 1));
    expect(tensor.floats().every(Number.isFinite)).toBe(true);
    bytes += tensor.data.byteLength;
  }
  expect(bytes).toBeLessThan(4 * file.length + REPEATED_BYTES);
  try {
    detectNetwork(map);
  } catch (error) {
    expectRefusal(error, ["bad-weights", "unsupported-model"]);
  }
  return "taken";
}

function expectRefusal(error: unknown, codes: readonly string[]): void {
  if (!(error instanceof EsrganError)) throw error;
  expect(codes).toContain(error.code);
  expect(error.message).toMatch(/^[^\n\r]+$/);
  expect(error.message.length).toBeLessThan(2000);
}

/** Else what was drawn is all of one kind, and the property says little. */
class Outcomes {
  readonly #counts = { taken: 0, refused: 0 };

  add(outcome: "taken" | "refused"): void {
    this.#counts[outcome]++;
  }

  expectBoth(): void {
    const { taken, refused } = this.#counts;
    expect(Math.min(taken, refused) / (taken + refused)).toBeGreaterThan(0.03);
  }
}

describe("parsePth takes or refuses", () => {
  it("what is not damaged", () => {
    for (const file of FILES) expect(expectSoundOrRefused(file)).toBe("taken");
  });

  it("damaged files", () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(whichFile, mutations, (which, changes) => {
        outcomes.add(expectSoundOrRefused(mutated(FILES[which]!, changes)));
      }),
      cases(3000),
    );
    outcomes.expectBoth();
  });

  it("damaged members of an archive with true checksums", () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(whichValue, fc.nat(), mutations, (which, at, changes) => {
        const members = pthMembers(VALUES[which]!);
        // Mostly the pickle, in which all the structure is.
        const chosen = at % 4 === 0 ? at % members.length : 0;
        const damaged = members.map(([name, bytes], index) => {
          return [name, index === chosen ? mutated(bytes, changes) : bytes] as const;
        });
        outcomes.add(expectSoundOrRefused(zipFile(damaged)));
      }),
      cases(3000),
    );
    outcomes.expectBoth();
  });

  it("opcodes in any order", () => {
    const opcodes = "\x28\x30\x31\x32\x4e\x88\x89]\x8f\x6c\x61e\x90)t\x91\x85\x86\x87}dsu\x94\x93R\x81\x92ob\x51.";
    const words = [
      ...opcodes,
      ...["K\x01", "M\x00\x01", "h\x00", "q\x00", "q\x01", "h\x01", "j\xff\xff\xff\xff", "G\x3f\xf0\0\0\0\0\0\0"],
      ...["\x8b\xff\xff\xff\xff", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "B\x01\x00\x00\x00x", "U\x01\xff", "I12\n"],
      ...[text("w"), text("storage"), text("0"), integer(2 ** 47), integer(-1), integer(1)],
      ...["ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n", "ctorch._utils\n_rebuild_tensor_v2\n"],
      ...["ctorch._utils\n_rebuild_parameter\n", "cos\nsystem\n", "(ibuiltins\neval\n"],
    ];
    const storage = `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}${integer(1)}tQ`;
    const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${integer(0)}(${integer(1)}t(${integer(1)}t\x89NtR`;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words, storage, tensor), { maxLength: 60 }), (chosen) => {
        const pickle = latin1(`\x80\x02}${chosen.join("")}.`);
        expectSoundOrRefused(
          zipFile([
            ["net/data.pkl", pickle],
            ["net/data/0", new Uint8Array(4)],
          ]),
        );
        expectSoundOrRefused(concat([FILES.at(-1)!.subarray(0, 15 + 6 + 4), pickle, latin1("\x80\x02].")]));
      }),
      cases(3000),
    );
  });

  it("any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const start of ["", "PK\x03\x04", "\x80\x02"]) expectSoundOrRefused(concat([latin1(start), bytes]));
      }),
      cases(1000),
    );
  });

  it("numbers of tensors that lie, and takes no memory for them", () => {
    const extent = fc.constantFrom(0, 1, 2, 3, 4, 255, 2 ** 16, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 47, 2 ** 48, -1);
    const numbers = fc.array(extent, { maxLength: 9 });
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(
        numbers,
        fc.option(numbers),
        fc.nat(8),
        fc.constantFrom(...WRITERS),
        (shape, strides, offset, write) => {
          const layout = { strides: strides ?? shape.map(() => 0), offset };
          const before = process.memoryUsage().arrayBuffers;
          outcomes.add(expectSoundOrRefused(write({ w: new StoredTensor(shape, [1, 2, 3, 4, 5], "f32", layout) })));
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * REPEATED_BYTES);
        },
      ),
      cases(2000),
    );
    outcomes.expectBoth();
  });
});

const WRITERS = [pthFile, legacyPthFile];
