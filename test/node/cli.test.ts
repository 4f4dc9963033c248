// The command as it is called: real processes on small pictures, what they write, say and return, and how they end when they are told to.
import { execFile, execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../cases/random.js";
import { build } from "./own-process.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "dist/node/bin.js");

let folder: string;
beforeAll(() => {
  build();
  folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await picture("small.png", 5, 3);
});

/** A PNG of noise. */
async function picture(name: string, width: number, height: number, channels: 1 | 3 | 4 = 3): Promise<void> {
  const random = seededRandom(width);
  const data = Uint8Array.from({ length: width * height * channels }, () => random() >>> 24);
  await sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png()
    .toFile(join(folder, name));
}

interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the command in the test's folder. */
function run(...words: string[]): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bin, ...words], { cwd: folder }, (_, out, err) => {
      resolve({ code: child.exitCode, out, err });
    });
  });
}

const files = () => readdirSync(folder).sort();
const temporaries = () => files().filter((name) => name.endsWith(".tmp"));
const cpu = ["--backend", "cpu"];

describe("a picture", () => {
  test("goes beside the input, four times as large, and its name is printed", async () => {
    expect(await run("small.png", "--backend", "cpu")).toEqual({ code: 0, out: "small-4x.png\n", err: "" });
    expect(files()).toEqual(["small-4x.png", "small.png"]);
    expect(await sharp(join(folder, "small-4x.png")).metadata()).toMatchObject({ width: 20, height: 12, channels: 3 });
  });

  test("is the same from the GPU, with a report as one line of JSON", async () => {
    const gpu = await run("small.png", "--adapter", "SwiftShader", "--json", "--precision", "f32", "-o", "gpu.png");
    expect(gpu).toMatchObject({ code: 0, err: "" });
    expect(gpu.out).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(gpu.out)).toMatchObject({
      input: "small.png",
      output: "gpu.png",
      model: "general-x4v3",
      width: 20,
      height: 12,
      adapter: expect.stringContaining("SwiftShader"),
      precision: "f32",
    });
    for (const name of ["durationMs", "peakBytes", "weightBytes", "dispatches", "pipelines"]) {
      expect(JSON.parse(gpu.out)[name], name).toBeGreaterThan(0);
    }
    await run("small.png", "--backend", "cpu", "-o", "cpu.png");
    const [a, b] = await Promise.all(["gpu.png", "cpu.png"].map((name) => sharp(join(folder, name)).raw().toBuffer()));
    for (const [index, value] of a!.entries())
      expect(Math.abs(value - b![index]!), `value ${index}`).toBeLessThanOrEqual(1);
  });

  test("that is gray stays gray; several go into a folder, quietly", async () => {
    await picture("gray.png", 4, 4, 1);
    await picture("seen through.png", 4, 2, 4);
    mkdirSync(join(folder, "large"));
    const result = await run("gray.png", "seen through.png", "-q", "--backend=cpu", "--output", "large");
    expect(result).toEqual({ code: 0, out: "", err: "" });
    expect(readdirSync(join(folder, "large")).sort()).toEqual(["gray-4x.png", "seen through-4x.png"]);
    expect((await sharp(join(folder, "large/gray-4x.png")).metadata()).channels).toBe(1);
    expect((await sharp(join(folder, "large/seen through-4x.png")).metadata()).channels).toBe(4);
  });

  test.each([
    ["x.jpg", "jpeg"],
    ["x.webp", "webp"],
  ])("goes into %s as its ending says, and replaces what was there", async (name, format) => {
    writeFileSync(join(folder, name), "old");
    expect(await run("small.png", "--backend", "cpu", "-o", name)).toEqual({ code: 0, out: `${name}\n`, err: "" });
    expect(await sharp(readFileSync(join(folder, name))).metadata()).toMatchObject({ format, width: 20 });
  });

  test("that is bad leaves the others be", async () => {
    writeFileSync(join(folder, "bad.png"), "text");
    const result = await run("bad.png", "small.png", "--backend", "cpu");
    expect(result).toMatchObject({ code: 1, out: "small-4x.png\n" });
    expect(result.err).toMatch(
      /^esrgan-webgpu: The picture bad.png cannot be read: [^\n]*\nesrgan-webgpu: 1 written, 1 failed\n$/,
    );
  });

  test("in a folder, or found by a pattern that no shell has replaced", async () => {
    mkdirSync(join(folder, "p"));
    copyFileSync(join(folder, "small.png"), join(folder, "p/a.png"));
    const first = await run("p", ...cpu);
    expect(first).toEqual({ code: 0, out: `${join("p", "a-4x.png")}\n`, err: "" });
    expect(await run("p/*", "small*", "--resume", ...cpu)).toEqual({
      code: 0,
      out: "small-4x.png\n",
      err: "esrgan-webgpu: 1 written, 1 skipped\n",
    });
  });

  test("by a model file", async () => {
    copyFileSync(join(root, "models/general-x4v3/general-x4v3.safetensors"), join(folder, "own.safetensors"));
    const result = await run("small.png", "--backend", "cpu", "--json", "-m", "own.safetensors");
    expect(JSON.parse(result.out)).toMatchObject({ model: "own.safetensors", adapter: "cpu", width: 20 });
  });

  test("by two models mixed, which is by the one where both are the same", async () => {
    copyFileSync(join(root, "models/general-x4v3/general-x4v3.safetensors"), join(folder, "own.safetensors"));
    await run("small.png", ...cpu, "-o", "one.png");
    const mixture = "own.safetensors:0.75+general-x4v3:0.25";
    const result = await run("small.png", ...cpu, "--json", "-o", "two.png", "-m", mixture);
    expect(JSON.parse(result.out)).toMatchObject({ model: mixture, width: 20 });
    const [one, two] = await Promise.all(
      ["one.png", "two.png"].map((name) => sharp(join(folder, name)).raw().toBuffer()),
    );
    expect(two!.equals(one!)).toBe(true);
    await run("small.png", ...cpu, "-o", "half.png", "-m", "own.safetensors:0.25+general-x4v3:0.25");
    expect((await sharp(join(folder, "half.png")).raw().toBuffer()).equals(one!)).toBe(false);
    const { comments } = await sharp(join(folder, "two.png")).metadata();
    expect(comments).toEqual([{ keyword: "Software", text: expect.stringMatching(/^esrgan-webgpu .*, own.*:0\.25$/) }]);
  });

  test("at another size, in tiles of little memory, from the GPU", async () => {
    await picture("wide.png", 30, 12, 4);
    const words = "-s 2.5 --tile 24,4 --memory 64M --alpha ignore --json".split(" ");
    const result = await run("wide.png", "--adapter", "SwiftShader", ...words);
    expect(result).toMatchObject({ code: 0, err: "" });
    const report = JSON.parse(result.out);
    expect(report).toMatchObject({ output: "wide-2.5x.png", width: 75, height: 30 });
    expect(report.tiles).toBeGreaterThan(1);
    expect(report.peakBytes).toBeLessThanOrEqual(2 ** 26);
    const large = sharp(readFileSync(join(folder, "wide-2.5x.png")));
    expect(await large.metadata()).toMatchObject({ width: 75, height: 30, channels: 4 });
    expect((await large.stats()).isOpaque).toBe(true);
  });
});

describe("what it can say", () => {
  test("help and version", async () => {
    expect((await run("--help")).out).toMatch(/^Usage: esrgan-webgpu INPUT/);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await run("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  test("the adapters", async () => {
    const { code, out } = await run("--list-adapters");
    expect(code).toBe(0);
    expect(out).toMatch(/^SwiftShader Device \(Subzero\) \(.*software, no f16\)$/m);
  });

  test("in processes of its own that do not read certificates first", async () => {
    // Each process notes its script and what the variable is for it.
    const hook = `import { appendFileSync } from "node:fs";
      import { basename } from "node:path";
      appendFileSync("started.txt", basename(process.argv[1]) + " " + process.env.NODE_EXTRA_CA_CERTS + "\\n");`;
    const certificates = join(folder, "certificates.pem");
    writeFileSync(certificates, "");
    const env = {
      ...process.env,
      NODE_EXTRA_CA_CERTS: certificates,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    };
    execFileSync(process.execPath, [bin, "--list-adapters"], { cwd: folder, env, stdio: "ignore" });
    const started = readFileSync(join(folder, "started.txt"), "utf8").trim().split("\n");
    expect(started.slice(0, 3)).toEqual([`bin.js ${certificates}`, "cli-process.js undefined", "probe.js undefined"]);
  });

  test("from few modules: Node takes half a millisecond for each", () => {
    const modules = readFileSync(join(root, "dist/node/cli.js"), "utf8").matchAll(/^import .* from "(\..*)";$/gm);
    const names = Array.from(modules, ([, name]) => name);
    expect(names).toEqual(["./driver-trial.js", "./swiftshader.js", "./vulkan.js"]);
  });

  test("the plan, without running it", async () => {
    const { code, out } = await run("--plan", "small.png", "--adapter", "swiftshader");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      input: "small.png",
      inputWidth: 5,
      inputHeight: 3,
      width: 20,
      height: 12,
      scale: 4,
    });
    expect(JSON.parse(out).dispatches).toBeGreaterThan(0);
    expect(files()).toEqual(["small.png"]);
  });

  test("without an input, where the result of its own photo is", async () => {
    const { code, out, err } = await run("--backend", "cpu");
    expect({ code, out }).toEqual({ code: 0, out: "out/photo-4x.png\n" });
    expect(err).toMatch(/^esrgan-webgpu: no picture was given [^\n]*\n$/);
    expect(await sharp(join(folder, "out/photo-4x.png")).metadata()).toMatchObject({ width: 512, height: 384 });
  });
});

const mistakes: [name: string, words: string[], code: number, message: RegExp][] = [
  ["an input that is not there", ["none.png"], 1, /^The picture none.png cannot be read: there is no such file$/],
  ["an input that is a folder without pictures", ["empty"], 1, /^No picture \(PNG, .*\) is in the folder empty$/],
  ["an input that is a pattern of nothing", ["x*.png"], 1, /^No picture \(PNG, .*\) has a name like x\*\.png$/],
  [
    "an input that is no picture",
    ["text.png"],
    1,
    /^The picture text.png cannot be read: it is a text file; give a picture$/,
  ],
  ["an input that is cut off", ["cut.png"], 1, /^The picture cut.png cannot be read: it is cut off or damaged .*$/],
  [
    "a model that there is none of",
    ["small.png", "-m", "best", ...cpu],
    1,
    /^There is no model named best \(there are .*$/,
  ],
  [
    "a damaged checkpoint of PyTorch as the model",
    ["small.png", "-m", "model.pth", ...cpu],
    1,
    /^The model file model.pth cannot be used: The checkpoint is not a whole zip file: .*$/,
  ],
  [
    "a model file that is none",
    ["small.png", "-m", "text.png", ...cpu],
    1,
    /^The model file text.png is a text that begins with "text", not weights.*$/,
  ],
  [
    "a folder that is not there",
    ["small.png", "-o", "none/x.png"],
    1,
    /^The folder none does not exist; --mkdir makes it$/,
  ],
  [
    "a folder that is not there, by its slash",
    ["small.png", "-o", "none/"],
    1,
    /^The folder none\/ does not exist; --mkdir makes it$/,
  ],
  ["an output of another format", ["small.png", "-o", "x.gif"], 1, /^The output x.gif ends in neither .*$/],
  [
    "the input as the output",
    ["small.png", "-o", "./small.png", ...cpu],
    1,
    /^The output .*small.png is the same file as .*$/,
  ],
  [
    "the input as the output, linked",
    ["small.png", "-o", "linked.png", ...cpu],
    1,
    /^The output linked.png is the same file as .*$/,
  ],
  [
    "two inputs of one name",
    ["small.png", "sub/small.png", "-o", "sub", ...cpu],
    1,
    /^Both small.png and sub\/small.png would .*$/,
  ],
  [
    "an adapter that is not there",
    ["small.png", "--adapter", "zzz"],
    1,
    /^No WebGPU adapter named "zzz" was found, only .*$/,
  ],
  [
    "an adapter for the CPU",
    ["small.png", "--adapter", "zzz", ...cpu],
    1,
    /^The backend cpu .* cannot use the adapter zzz$/,
  ],
  ...[
    ["-s", "2"],
    ["--tile", "64"],
    ["--memory", "64M"],
    ["--alpha", "network"],
    ["--tta"],
    ["--tileable"],
    ["--precision", "f16"],
  ].map((words): (typeof mistakes)[number] => [
    `${words[0]}, which is not for the CPU`,
    ["small.png", ...cpu, ...words],
    1,
    /^The backend cpu computes a picture as it is, in f32, and cannot use [^.]*$/,
  ]),
  ["a scale that is none", ["small.png", "-s", "17"], 2, /^The option --scale is "17", but can only be .* 0.1 to 16$/],
  ["an unknown option", ["small.png", "--enlarge-it"], 2, /^There is no option --enlarge-it; --help shows .*$/],
  ["a misspelt option", ["small.png", "--tlie", "64"], 2, /^There is no option --tlie, did you mean --tile\?$/],
  ["one of merge", ["merge", "--itertions", "3"], 2, /^There is no option --itertions, did you mean --iterations\?$/],
  ["an unknown short option", ["small.png", "-x"], 2, /^There is no option -x; .*$/],
  ["an option without its value", ["small.png", "-o"], 2, /^The option --output needs a value$/],
  ["a value for an option without", ["small.png", "--json=1"], 2, /^The option --json takes no value$/],
  [
    "a precision that is none",
    ["small.png", "--precision", "f8"],
    2,
    /^The option --precision is "f8", but can only be auto, f32 or f16$/,
  ],
  ["an empty name", ["small.png", "-o", ""], 2, /^The option --output has an empty value$/],
  [
    "one file for two inputs",
    ["small.png", "cut.png", "-o", "x.png"],
    2,
    /^The output x.png is one file for 2 inputs, .*$/,
  ],
];

describe("mistakes: one sentence, no file, no stack", () => {
  test.each(mistakes)("%s", async (_, words, code, message) => {
    writeFileSync(join(folder, "text.png"), "text");
    writeFileSync(join(folder, "model.pth"), "PK\u0003\u0004 and so on");
    writeFileSync(join(folder, "cut.png"), readFileSync(join(folder, "small.png")).subarray(0, 60));
    linkSync(join(folder, "small.png"), join(folder, "linked.png"));
    mkdirSync(join(folder, "sub"));
    mkdirSync(join(folder, "empty"));
    copyFileSync(join(folder, "small.png"), join(folder, "sub/small.png"));
    const before = files();

    const result = await run(...words);
    expect(result).toMatchObject({ code, out: "" });
    expect(result.err).toMatch(/^esrgan-webgpu: [^\n]*\n$/);
    expect(result.err.slice("esrgan-webgpu: ".length, -1)).toMatch(message);
    expect(files()).toEqual(before);
  });
});

describe.skipIf(process.platform === "win32")("names", () => {
  test("as long as they may be, and longer", async () => {
    const [longest, longer] = ["a".repeat(243 - ".png".length), "b".repeat(249)];
    copyFileSync(join(folder, "small.png"), join(folder, `${longest}.png`));
    expect(await run(`${longest}.png`, ...cpu)).toEqual({ code: 0, out: `${longest}-4x.png\n`, err: "" });
    copyFileSync(join(folder, "small.png"), join(folder, `${longer}.png`));
    expect(await run(`${longer}.png`, ...cpu)).toEqual({
      code: 1,
      out: "",
      err: `esrgan-webgpu: The output ${longer}-4x.png cannot be written: the name is too long\n`,
    });
  });

  test("with control characters, on one line and as they are", async () => {
    copyFileSync(join(folder, "small.png"), join(folder, "a\n\x1b[2J.png"));
    expect((await run("a\n\x1b[2J.png", ...cpu)).out).toBe(`${String.raw`a\n\x1b[2J-4x.png`}\n`);
    expect((await run("a\n\x1b[2J.png", "--print0", ...cpu)).out).toBe("a\n\x1b[2J-4x.png\0");
    expect((await run("--\x1b[2J")).err).toMatch(/^esrgan-webgpu: There is no option --\\x1b\[2J; [^\n]*\n$/);
  });

  test.runIf(process.platform === "linux")("that are no UTF-8, given on the command line", () => {
    const bytes = (name: string) => Buffer.from(`${folder}/${name}`, "latin1");
    copyFileSync(join(folder, "small.png"), bytes("a\xff.png"));
    // Node cannot give such words to a process; a shell can.
    const shell = (...words: string[]) =>
      execFileSync(
        "sh",
        ["-c", `exec "$0" "$1" "$(printf 'a\\377.png')" --backend cpu ${words.join(" ")}`, process.execPath, bin],
        {
          cwd: folder,
          encoding: "latin1",
        },
      );
    expect(shell()).toBe(`${String.raw`a\xff-4x.png`}\n`);
    expect(shell("--print0", "-o", "\"$(printf 'b\\376.png')\"")).toBe("b\xfe.png\0");
    expect(JSON.parse(shell("--json"))).toMatchObject({ input: "a\udcff.png", output: "a\udcff-4x.png" });
    expect(readdirSync(folder, "latin1").sort()).toEqual(["a\xff-4x.png", "a\xff.png", "b\xfe.png", "small.png"]);
  });
});

test.skipIf(process.platform === "win32")("an error that nobody thought of is one sentence", async () => {
  const hook = `import { syncBuiltinESMExports } from "node:module";
    import process from "node:child_process";
    process.spawn = () => { throw new Error("spoilt\\n  by a test"); };
    syncBuiltinESMExports();`;
  const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
  const child = spawn(process.execPath, [bin, "small.png"], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, err }).toEqual({
    code: 1,
    err: "esrgan-webgpu: Something went wrong that should not have: spoilt by a test\n",
  });
});

describe.skipIf(process.platform === "win32")("told to end in the middle of it", () => {
  const backends = { gpu: ["--adapter", "swiftshader"], cpu };
  test.each([
    ["SIGINT", "gpu"],
    ["SIGTERM", "gpu"],
    ["SIGINT", "cpu"],
  ] as const)("%s, %s: at once, by the signal, and no file is left", async (signal, backend) => {
    await picture("large.png", 400, 400); // minutes of work, more than a test may take
    const before = files();
    const child = spawn(process.execPath, [bin, "large.png", ...backends[backend]], { cwd: folder, stdio: "ignore" });
    const ended = new Promise<{ code: number | null; by: string | null }>((resolve) => {
      child.on("close", (code, by) => resolve({ code, by }));
    });
    await expect.poll(temporaries, { timeout: 20_000 }).toHaveLength(1); // it is at work, and the file is begun
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(child.exitCode).toBeNull();
    child.kill(signal);
    expect(await ended).toEqual({ code: null, by: signal });
    expect(files()).toEqual(before);
  });

  test("told twice, it still removes the file", async () => {
    await picture("large.png", 400, 400);
    const before = files();
    for (const [first, second, gapMs] of [
      ["SIGINT", "SIGINT", 0],
      ["SIGINT", "SIGTERM", 3], // of two that wait at once, the system gives SIGINT first
      ["SIGINT", "SIGINT", 10],
    ] as const) {
      const child = spawn(process.execPath, [bin, "large.png", ...cpu], { cwd: folder, stdio: "ignore" });
      const ended = new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
      await expect.poll(temporaries, { timeout: 20_000 }).toHaveLength(1);
      child.kill(first);
      await new Promise((resolve) => setTimeout(resolve, gapMs));
      child.kill(second);
      expect(await ended, `${gapMs} ms`).toBe(first);
      expect(files()).toEqual(before);
    }
  });

  test.runIf(process.platform === "linux")("killed with all its processes, the next run removes the file", async () => {
    await picture("large.png", 400, 400);
    const options = { cwd: folder, stdio: "ignore", detached: true } as const; // a group of its own
    const child = spawn(process.execPath, [bin, "large.png", ...cpu], options);
    const ended = new Promise((resolve) => child.on("close", resolve));
    await expect.poll(temporaries, { timeout: 20_000 }).toHaveLength(1);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    expect(temporaries()).toHaveLength(1);
    expect(await run("small.png", ...cpu)).toMatchObject({ code: 0, err: "" });
    expect(files()).toEqual(["large.png", "small-4x.png", "small.png"]);
  });

  test("a file that is being written is removed", async () => {
    // Stands still between the bytes and the rename.
    const hook = `import { open } from "node:fs/promises";
      const file = await open(process.execPath);
      Object.getPrototypeOf(file).sync = () => new Promise((resolve) => setTimeout(resolve, 60_000));
      await file.close();`;
    const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
    const before = files();
    const child = spawn(process.execPath, [bin, "small.png", ...cpu], { cwd: folder, stdio: "ignore", env });
    const ended = new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
    await expect.poll(temporaries, { timeout: 20_000 }).toHaveLength(1);
    child.kill("SIGTERM");
    expect(await ended).toBe("SIGTERM");
    expect(files()).toEqual(before);
  });

  test.runIf(process.platform === "linux").each(["gpu", "cpu"] as const)(
    "nothing goes on when it is killed outright, %s",
    async (backend) => {
      await picture("large.png", 200, 200);
      const before = files();
      const child = spawn(process.execPath, [bin, "large.png", ...backends[backend]], { cwd: folder, stdio: "ignore" });
      await expect.poll(temporaries, { timeout: 20_000 }).toHaveLength(1);
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
      const computing = Number(children[0]); // the next is the guard that would end it
      expect(computing).toBeGreaterThan(0);
      child.kill("SIGKILL");
      await expect.poll(() => isRunning(computing), { timeout: 10_000, interval: 100 }).toBe(false);
      expect(files()).toEqual(before);
    },
  );
});

/** Whether a process is there and more than a dead one that its parent has not taken note of. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
