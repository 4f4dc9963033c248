// The checkpoints of test/tools/make-weights.py, sound and hostile, given to the library: it reads and refuses what
// tools/convert-weights.py does. Needs python3.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { EsrganError } from "../../src/errors.js";
import { detectNetwork } from "../../src/models/detect.js";
import { normalizeKeys } from "../../src/models/key-layouts.js";
import { parseWeights, weightFormat } from "../../src/weights/parse-weights.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";

interface Case {
  readonly name: string;
  readonly input: string;
  readonly args: readonly string[];
  /** A regular expression for the converter's sentence. */
  readonly error?: string;
  readonly tensors?: readonly { readonly name: string; readonly shape: number[]; readonly values: readonly number[] }[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), "pth-refusals-"));
execFileSync("python3", [fileURLToPath(new URL("../tools/make-weights.py", import.meta.url)), folder], {
  stdio: ["ignore", "ignore", "inherit"],
});
const { cases, canary } = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as {
  cases: Case[];
  canary: string;
};
// Not those of the converter's own formats and options.
const ofLibrary = cases.filter(({ input, args }) => {
  const isFile = /\.(?:pth|safetensors)$/.test(input) && existsSync(input) && statSync(input).isFile();
  return isFile && (args.length === 0 || args.join(" ") === "--dtype f32");
});
const sound = ofLibrary.filter(({ tensors }) => tensors);
// Halves are what the converter writes; the library keeps what the file has.
const hostile = ofLibrary.filter(({ name, error }) => error && name !== "beyond float16");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string) => new Uint8Array(readFileSync(path));

async function refusal(file: Uint8Array): Promise<{ readonly error: EsrganError; readonly isParsed: boolean }> {
  let map: TensorMap | undefined;
  try {
    map = await parseWeights(file);
    detectNetwork(map);
  } catch (error) {
    if (!(error instanceof EsrganError)) throw error;
    return { error, isParsed: map !== undefined };
  }
  throw new Error("The library takes what the converter refuses");
}

describe("the library reads, as the converter does,", () => {
  it.each(sound)("$name", async ({ input, tensors, metadata }) => {
    const map = await parseWeights(read(input));
    const { architecture, scale, blocks } = detectNetwork(map);
    expect({ architecture, scale, blocks }).toEqual({
      architecture: metadata!.architecture,
      scale: Number(metadata!.scale),
      blocks: Number(metadata!.blocks),
    });
    const found = normalizeKeys(map).tensors;
    expect([...found.keys()].sort()).toEqual(tensors!.map(({ name }) => name).sort());
    for (const { name, shape, values } of tensors!) {
      const tensor = found.get(name)!;
      expect(tensor.shape).toEqual(shape);
      expect(tensor.floats(), name).toEqual(Float32Array.from(values));
    }
  });
});

describe("the library refuses, as the converter does,", () => {
  it.each(hostile)("$name", async ({ input, error: expected }) => {
    const file = read(input);
    const { error, isParsed } = await refusal(file);
    expect(error.message).toMatch(/^[^\n\r]+$/);
    expect(error.message.length).toBeLessThan(1000);
    if (isParsed) expect(["bad-weights", "unsupported-model"]).toContain(error.code);
    else expect(error.code).toBe("bad-weights");
    // In the converter's words, but for those of the networks, of values, and of what is no checkpoint.
    const isOfValue = /holds (?:a NaN|1e)/.test(expected!);
    if (!isParsed && !isOfValue && weightFormat(file) === "checkpoint")
      expect(error.message).toMatch(new RegExp(expected!, "i"));
  });

  // The last test: every hostile pickle was read by then.
  it("without executing anything", () => {
    expect(hostile.length).toBeGreaterThan(100);
    expect(existsSync(canary)).toBe(false);
  });
});
