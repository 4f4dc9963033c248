// tools/convert-weights.py, given damaged files of every format it reads. Needs python3.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readModel } from "../../src/models/model.js";
import { ConverterProcess } from "../tools/converter-process.js";
import { type Mutation, mutated, mutations } from "./mutations.js";
import { cases } from "./runs.js";

/** A conversion that make-weights.py wrote the files of; one with tensors succeeds. */
interface Sample {
  readonly name: string;
  readonly input: string;
  readonly args: readonly string[];
  readonly tensors?: unknown;
}

const here = dirname(fileURLToPath(import.meta.url));
let folder: string;
let samples: readonly Sample[];
let converter: ConverterProcess;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fuzz-convert-weights-"));
  const weights = join(folder, "weights");
  mkdirSync(weights);
  execFileSync("python3", [join(here, "../tools/make-weights.py"), weights], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const written = JSON.parse(readFileSync(join(weights, "cases.json"), "utf8")) as { cases: Sample[] };
  samples = written.cases.flatMap(({ name, input, args, tensors }) => (tensors ? [{ name, input, args }] : []));
  converter = new ConverterProcess();
});

afterAll(async () => {
  await converter.end();
  rmSync(folder, { recursive: true, force: true });
});

let runs = 0;

/** Converts the files of `sample`, as `damage` leaves them, and checks that all is well or cleanly refused. */
async function convertDamaged(
  { input, args }: Sample,
  damage: (folder: string, file: string) => Promise<void> | void,
): Promise<"taken" | "refused"> {
  const made = join(folder, `run-${runs++}`);
  const [from, to] = [dirname(input), join(made, "in")];
  mkdirSync(to, { recursive: true });
  mkdirSync(join(made, "out"));
  for (const file of readdirSync(from)) writeFileSync(join(to, file), readFileSync(join(from, file)));
  await damage(to, basename(input));
  const output = join(made, "out", "out.safetensors");
  const { escaped, status, stdout, stderr } = await converter.ask({
    convert: [join(to, basename(input)), "-o", output, ...args],
  });
  expect(escaped).toBeUndefined();
  const left = readdirSync(join(made, "out"));
  if (status === 0) {
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^[^\n]+\n$/), ""]);
    expect(left).toEqual(["out.safetensors"]);
    // What the converter takes for a network the library does too.
    await readModel(new Uint8Array(readFileSync(output)));
  } else {
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^convert-weights\.py: error: [^\n]+\n$/);
    expect(stderr).not.toContain("out of memory");
    expect(left).toEqual([]);
  }
  rmSync(made, { recursive: true });
  return status === 0 ? "taken" : "refused";
}

function damageFile(path: string, changes: readonly Mutation[]): void {
  writeFileSync(path, mutated(readFileSync(path), changes));
}

/** Draws from the samples by index, since they are written only when the tests begin. */
function sampleOf(wanted: (sample: { readonly name: string; readonly bytes: Buffer }) => boolean) {
  const found = samples.filter((sample) => wanted({ name: sample.name, bytes: readFileSync(sample.input) }));
  expect(found.length).toBeGreaterThan(0);
  return fc.constantFrom(...found);
}

const isZip = (bytes: Buffer) => bytes.toString("latin1", 0, 2) === "PK";
const isLegacy = (bytes: Buffer) => bytes[0] === 0x80;

describe("convert-weights.py takes or refuses", () => {
  it.each([
    ["zip checkpoints", isZip, 60],
    ["legacy checkpoints", isLegacy, 200],
    ["safetensors", (bytes: Buffer) => bytes[8] === 0x7b, 150],
  ] as const)("damaged %s", async (_, isFormat, count) => {
    await fc.assert(
      fc.asyncProperty(
        sampleOf(({ bytes }) => isFormat(bytes)),
        mutations,
        async (sample, changes) => {
          await convertDamaged(sample, (to, file) => damageFile(join(to, file), changes));
        },
      ),
      cases(count),
    );
  });

  it("zip checkpoints with damaged members and true checksums", async () => {
    const outcomes = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        sampleOf(({ bytes }) => isZip(bytes)),
        fc.nat(),
        mutations,
        async (sample, which, changes) => {
          const outcome = await convertDamaged(sample, async (to, file) => {
            const members = (await converter.ask({ unpack: join(to, file) })).members!;
            // Every other time the pickle, in which all the structure is.
            const pickle = members.findIndex(([name]) => name.endsWith("data.pkl"));
            const chosen = which % 2 === 0 ? pickle : which % members.length;
            const damaged = members.map(([name, base64], at) => {
              if (at !== chosen) return [name, base64];
              return [name, Buffer.from(mutated(Buffer.from(base64, "base64"), changes)).toString("base64")];
            });
            await converter.ask({ pack: join(to, file), members: damaged });
          });
          outcomes[outcome]++;
        },
      ),
      cases(200),
    );
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(0);
  });

  it.each([
    ["ncnn models", "ncnn", 200],
    ["TF.js models", "TF.js", 150],
  ])("damaged %s", async (_, prefix, count) => {
    const outcomes = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        sampleOf(({ name }) => name.startsWith(prefix)),
        fc.nat(),
        mutations,
        async (sample, which, changes) => {
          const outcome = await convertDamaged(sample, (to, file) => {
            const files = readdirSync(to);
            // Mostly the text, in which all the structure is.
            const text = files.find((each) => /\.(?:param|json)$/.test(each)) ?? file;
            damageFile(join(to, which % 4 === 0 ? files[which % files.length]! : text), changes);
          });
          outcomes[outcome]++;
        },
      ),
      cases(count),
    );
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(0);
  });
});
