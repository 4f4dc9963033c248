// The library's side of test/cases/checkpoint-names.json and other-networks.json; test/tools/checkpoint-names.test.ts is the converter's.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { normalizeKeys } from "../../src/models/key-layouts.js";
import { readModel } from "../../src/models/model.js";
import { LAYOUTS } from "../../src/models/other-layouts.js";
import { otherNetwork } from "../../src/models/other-networks.js";
import { parseWeights } from "../../src/weights/parse-weights.js";
import { IMPLEMENTATIONS } from "../cases/implementations.js";
import { legacyPthFile, pthFile, type Stored, StoredObject, StoredTensor } from "../weights/pth-file.js";
import { safetensorsFile } from "../weights/safetensors-file.js";

type Tree = number | "tensor" | "integer" | "object" | { readonly [key: string]: Tree };

interface NamesCase {
  readonly name: string;
  readonly checkpoint: { readonly [key: string]: Tree };
  readonly names?: readonly string[];
  /** What the names tell beside those. */
  readonly implied?: Readonly<Record<string, string>>;
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

async function read(file: Uint8Array) {
  const { tensors, implied } = normalizeKeys(await parseWeights(file), LAYOUTS);
  return { names: [...tensors.keys()], implied };
}

describe("the names of a checkpoint", () => {
  it.each(CASES)("$name", async ({ checkpoint, names, implied, error }) => {
    for (const file of [pthFile(stored(checkpoint)), legacyPthFile(stored(checkpoint))]) {
      if (names) expect(await read(file)).toEqual({ names, implied });
      else {
        const message = expect.stringMatching(new RegExp(error!, "i"));
        await expect(read(file)).rejects.toEqual(expect.objectContaining({ code: "bad-weights", message }));
      }
    }
  });

  const flat = CASES.filter(({ checkpoint, names }) => {
    return names && Object.values(checkpoint).every((leaf) => leaf === "tensor" || leaf === "integer");
  });
  it.each(flat)("in a .safetensors file: $name", async ({ checkpoint, names, implied }) => {
    let end = 0;
    const entries = Object.entries(checkpoint).map(([name, leaf]) => {
      const [dtype, bytes] = leaf === "tensor" ? ["F32", 4] : ["I64", 8];
      end += Number(bytes);
      return [name, { dtype, shape: [1], data_offsets: [end - Number(bytes), end] }];
    });
    const file = safetensorsFile(JSON.stringify(Object.fromEntries(entries)), end);
    expect(await read(file)).toEqual({ names, implied });
  });
});

/** A tensor that tells a network which is not supported. */
const OTHERS = JSON.parse(readFileSync(new URL("../cases/other-networks.json", import.meta.url), "utf8")) as readonly {
  readonly network: string;
  readonly tensor: string;
}[];

describe("a network that is not supported", () => {
  it.each(OTHERS)("$network is told by $tensor", async ({ network, tensor }) => {
    for (const name of [tensor, `module.${tensor}`]) {
      const file = pthFile({ params: { [name]: new StoredTensor([1], [0.5]) } });
      await expect(readModel(file)).rejects.toMatchObject({
        code: "unsupported-model",
        message: expect.stringContaining(`The weights are those of ${network}, which is not supported; supported are`),
      });
    }
  });

  it("is none of the implementations that are", () => {
    for (const { weights } of IMPLEMENTATIONS) expect(otherNetwork(weights)).toBeUndefined();
  });
});
