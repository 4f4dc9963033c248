// Owns the tests of tools/convert-weights.py: it runs the converter on what make-weights.py wrote, which needs python3.

import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { floatToHalf } from "../../src/weights/half.js";
import { parseSafetensors } from "../../src/weights/safetensors.js";

interface Case {
  readonly name: string;
  readonly input: string;
  readonly args: readonly string[];
  /** A regular expression for the line on stderr. */
  readonly error?: string;
  readonly tensors?: readonly { readonly name: string; readonly shape: number[]; readonly values: readonly number[] }[];
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Run {
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const here = dirname(fileURLToPath(import.meta.url));
const converter = join(here, "../../tools/convert-weights.py");
const folder = mkdtempSync(join(tmpdir(), "convert-weights-"));
const python = findPython();
execFileSync(python, [join(here, "make-weights.py"), folder], { stdio: ["ignore", "ignore", "inherit"] });
const compiled = join(folder, "convert-weights.pyc");
execFileSync(python, [
  "-c",
  "import py_compile, sys; py_compile.compile(*sys.argv[1:], doraise=True)",
  converter,
  compiled,
]);
const { cases, canary, control } = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as {
  cases: Case[];
  canary: string;
  control: string;
};
const sound = cases.filter((one) => one.tensors);
const hostile = cases.filter((one) => one.error);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The interpreter itself: what is called python3 may be a launcher that takes longer to start than the conversion. */
function findPython(): string {
  try {
    return execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  } catch (cause) {
    throw new Error("The tests of tools/convert-weights.py need python3 (3.8 or later) on the PATH", { cause });
  }
}

/** Runs the converter, compiled once for all runs, without site packages: it may need nothing but the standard library. */
function convert(args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(python, ["-I", "-S", compiled, ...args], { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ status: error ? (error.code ?? error.signal ?? null) : 0, stdout, stderr }),
    );
  });
}

let folders = 0;

/** A folder of its own for each run's output, so that anything left behind shows. */
function outputFolder(): string {
  const made = join(folder, `out-${folders++}`);
  mkdirSync(made);
  return made;
}

function expectOneSentence(run: Run, error: string | RegExp): void {
  expect(run.stderr).toMatch(/^convert-weights\.py: error: [^\n]+\n$/);
  expect(run.stderr.trim()).toMatch(new RegExp(error));
  expect(run.stdout).toBe("");
  expect(run.status).toBe(1);
}

describe.concurrent("convert-weights.py converts", () => {
  it.each(sound)("$name", async ({ input, args, tensors, metadata }) => {
    const output = join(outputFolder(), "out.safetensors");
    const run = await convert([input, "-o", output, ...args]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/^[^\n]+\n$/);
    expect(readdirSync(dirname(output))).toEqual(["out.safetensors"]);

    const bytes = readFileSync(output);
    expect((8 + Number(bytes.readBigUInt64LE(0))) % 8).toBe(0);
    const file = parseSafetensors(new Uint8Array(bytes));
    const source = readFileSync(join(dirname(input), metadata?.source ?? ""));
    const sha256 = createHash("sha256").update(source).digest("hex");
    expect(file.metadata).toEqual({ ...metadata, sha256 });

    // Biases and slopes are never rounded.
    const dtypeOf = (shape: readonly number[]) => (args.includes("f32") || shape.length === 1 ? "f32" : "f16");
    const found = [...file.tensors.values()];
    expect(found.map(({ name, shape, dtype }) => ({ name, shape, dtype }))).toEqual(
      tensors?.map(({ name, shape }) => ({ name, shape, dtype: dtypeOf(shape) })),
    );
    for (const [i, { name, shape, values }] of (tensors ?? []).entries()) {
      const wanted = dtypeOf(shape) === "f32" ? Float32Array.from(values) : Uint16Array.from(values, floatToHalf);
      expect(found[i]?.data, name).toEqual(wanted);
    }
  });
});

describe.concurrent("convert-weights.py refuses", () => {
  it.each(hostile)("$name", async ({ input, args, error }) => {
    const made = outputFolder();
    const run = await convert([input, "-o", join(made, "out.safetensors"), ...args]);
    expectOneSentence(run, error ?? "");
    expect(readdirSync(made)).toEqual([]);
  });
});

describe("convert-weights.py", () => {
  const { input } = sound[0]!;

  it("writes the same bytes twice and replaces an earlier output", async () => {
    const made = outputFolder();
    const [first, second] = [join(made, "first.safetensors"), join(made, "second.safetensors")];
    for (const output of [first, second, second]) expect((await convert([input, "-o", output])).status).toBe(0);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
    expect(readdirSync(made)).toEqual(["first.safetensors", "second.safetensors"]);
  });

  it("converts its own output to the same tensors", async () => {
    const made = outputFolder();
    const [first, second] = [join(made, "first.safetensors"), join(made, "second.safetensors")];
    expect((await convert([input, "-o", first])).status).toBe(0);
    expect((await convert([first, "-o", second])).status).toBe(0);
    const [a, b] = [first, second].map((path) => parseSafetensors(new Uint8Array(readFileSync(path))));
    expect(b!.tensors).toEqual(a!.tensors);
    expect(b!.metadata).toMatchObject({ ...a!.metadata, source: "first.safetensors", sha256: expect.any(String) });
  });

  it("reads no more of a TF.js model's shards than of one file", async () => {
    const made = outputFolder();
    const output = join(made, "out.safetensors");
    const write = (paths: string[]) => {
      const path = join(made, "model.json");
      writeFileSync(path, JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths, weights: [] }] }));
      return path;
    };
    writeFileSync(join(made, "once.bin"), "0123");
    expectOneSentence(
      await convert([write(Array(1000).fill("once.bin")), "-o", output]),
      "names the shard 'once.bin' twice",
    );
    const names = ["a.bin", "b.bin", "c.bin"];
    for (const name of names) {
      writeFileSync(join(made, name), "");
      truncateSync(join(made, name), 2 ** 31 - 4 * names.indexOf(name)); // holes, of which the first must not be read whole
    }
    truncateSync(join(made, "a.bin"), 2 ** 20);
    expectOneSentence(
      await convert([write(names), "-o", output]),
      /b\.bin has 2147483644 bytes, more than the 2146435072 that are read/,
    );
  });

  it.skipIf(process.platform === "win32")("refuses pipes that nobody writes to", async () => {
    const made = outputFolder();
    const [param, bin] = [join(made, "x.param"), join(made, "x.bin")];
    execFileSync("mkfifo", [param]);
    writeFileSync(bin, "0123");
    expectOneSentence(await convert([bin, "-o", join(made, "out.safetensors")]), "x\\.param is not a regular file");
    expectOneSentence(await convert([param, "-o", join(made, "out.safetensors")]), "x\\.param is not a regular file");
  });

  it("keeps an earlier output when it refuses", async () => {
    const output = join(outputFolder(), "out.safetensors");
    expect((await convert([input, "-o", output])).status).toBe(0);
    const before = readFileSync(output);
    expectOneSentence(await convert([hostile[0]!.input, "-o", output]), hostile[0]!.error!);
    expect(readFileSync(output).equals(before)).toBe(true);
  });

  it.each(sound.filter(({ name }) => ["ncnn compact", "TF.js RRDN 1 1 1 x3", "gray RRDBNet"].includes(name)))(
    "refuses to write over any file that $name came from",
    async (one) => {
      const files = readdirSync(dirname(one.input));
      for (const file of files) {
        const path = join(dirname(one.input), file);
        const before = readFileSync(path);
        expectOneSentence(await convert([one.input, "-o", path]), "the output must be another file");
        expect(readFileSync(path).equals(before)).toBe(true);
      }
      expect(readdirSync(dirname(one.input))).toEqual(files);
    },
  );

  it.each([
    ["no folder", "nowhere/out.safetensors", "cannot be written: No such file"],
    ["a folder", "", "cannot be written: Is a directory"],
  ])("refuses an output that is %s", async (_, path, error) => {
    const made = outputFolder();
    expectOneSentence(await convert([input, "-o", join(made, path)]), error);
    expect(readdirSync(made)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each([
    ["nothing", [], "the following arguments are required"],
    ["no output", [input], "the following arguments are required: -o/--output"],
  ])("refuses a call with %s", async (_, args, error) => expectOneSentence(await convert(args), error));

  it("prints its help", async () => {
    const run = await convert(["--help"]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/--dtype \{f16,f32\}[\s\S]*--scale N/);
  });

  // The last test: every hostile pickle was read by then. That the payload works where a pickle is executed, `control` shows.
  it("has executed nothing", () => {
    expect(existsSync(control)).toBe(true);
    expect(existsSync(canary)).toBe(false);
  });
});
