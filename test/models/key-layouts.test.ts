// The library's side of test/cases/checkpoint-names.json; test/tools/checkpoint-names.test.ts is the converter's.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { normalizeKeys } from "../../src/models/key-layouts.js";
import { LAYOUTS } from "../../src/models/other-layouts.js";
import { parseWeights } from "../../src/weights/parse-weights.js";
import { legacyPthFile, pthFile, type Stored, StoredObject, StoredTensor } from "../weights/pth-file.js";
import { safetensorsFile } from "../weights/safetensors-file.js";

type Tree = number | "tensor" | "integer" | "object" | { readonly [key: string]: Tree };

interface NamesCase {
  readonly name: string;
  readonly checkpoint: { readonly [key: string]: Tree };
  readonly names?: readonly string[];
  readonly error?: string;
}

const CASES = JSON.parse(
  readFileSync(new URL("../cases/checkpoint-names.json", import.meta.url), "utf8"),
) as readonly NamesCase[];

function stored(tree: Tree): Stored {
  if (typeof tree === "number") return tree;
  if (tree === "tensor") return new StoredTensor([1], [0.5]);
  if (tree === "integer") return new StoredTensor([], [7], "i64");
  if (tree === "object") return new StoredObject("somewhere.Thing");
  return Object.fromEntries(Object.entries(tree as object).map(([key, each]) => [key, stored(each)]));
}

async function names(file: Uint8Array): Promise<string[]> {
  return [...normalizeKeys(await parseWeights(file), LAYOUTS).tensors.keys()];
}

describe("the names of a checkpoint", () => {
  it.each(CASES)("$name", async ({ checkpoint, names: expected, error }) => {
    for (const file of [pthFile(stored(checkpoint)), legacyPthFile(stored(checkpoint))]) {
      if (expected) expect(await names(file)).toEqual(expected);
      else {
        const message = expect.stringMatching(new RegExp(error!, "i"));
        await expect(names(file)).rejects.toEqual(expect.objectContaining({ code: "bad-weights", message }));
      }
    }
  });

  const flat = CASES.filter(({ checkpoint, names: expected }) => {
    return expected && Object.values(checkpoint).every((leaf) => leaf === "tensor" || leaf === "integer");
  });
  it.each(flat)("in a .safetensors file: $name", async ({ checkpoint, names: expected }) => {
    let end = 0;
    const entries = Object.entries(checkpoint).map(([name, leaf]) => {
      const [dtype, bytes] = leaf === "tensor" ? ["F32", 4] : ["I64", 8];
      end += Number(bytes);
      return [name, { dtype, shape: [1], data_offsets: [end - Number(bytes), end] }];
    });
    expect(await names(safetensorsFile(JSON.stringify(Object.fromEntries(entries)), end))).toEqual(expected);
  });
});
