// The command merge: its words, and frames in files that become one.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../src/node/cli.js";
import { parseCommand } from "../../src/node/cli-arguments.js";
import { readPicture, writePicture } from "../../src/node/index.js";
import { framesOf, largestDifference, psnr, seededShifts, TEST_SCENE, truthOf } from "../multi-frame/scene.js";
import { NO_PIPES } from "./no-pipes.js";

const KIND = { width: 40, height: 32, channels: 3, bits: 16, scale: 2 } as const;
const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-merge-"));
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  const frames = framesOf(TEST_SCENE, seededShifts(4), KIND);
  for (const [k, pixels] of frames.entries()) await writePicture(file(`frame-${k}.png`), { pixels });
  await writePicture(file("other.png"), { pixels: framesOf(TEST_SCENE, [{ x: 0, y: 0 }], { ...KIND, width: 8 })[0]! });
  writeFileSync(file("broken.png"), "no picture");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]) {
  const [results, notes, progress]: [string[], string[], number[]] = [[], [], []];
  const code = await runCommand(parseCommand(["merge", ...words]), {
    result: (line) => results.push(line),
    note: (line) => notes.push(line),
    progress: (_, { done, total }) => progress.push(done / total),
    temporary: () => {},
    ...NO_PIPES,
  });
  return { code, results, notes, progress };
}

test("merge writes no pipe", () => {
  expect(() => parseCommand(["merge", "a.png", "-o", "-"])).toThrow("merge writes a file: -o has to name it");
});

describe("merge", () => {
  const frames = [0, 1, 2, 3].map((k) => file(`frame-${k}.png`));

  test("makes one picture of several, on the GPU as on the CPU", async () => {
    const [gpu, cpu] = [file("gpu.png"), file("cpu.png")];
    const how = ["--method", "back-projection", "--iterations", "8"];
    const onCpu = await run(...frames, "-o", cpu, "--backend", "cpu", ...how);
    expect(onCpu).toMatchObject({ code: 0, results: [cpu], notes: [] });
    expect(onCpu.progress).toHaveLength(3 * 8);
    const onGpu = await run(...frames, "-o", gpu, "-s", "2", "--json", ...how);
    expect(onGpu).toMatchObject({ code: 0, notes: [] });
    expect(JSON.parse(onGpu.results[0]!)).toMatchObject({
      inputs: frames,
      output: gpu,
      method: "back-projection",
      width: 80,
      height: 64,
    });
    const [a, b] = [(await readPicture(gpu)).pixels, (await readPicture(cpu)).pixels];
    expect(a).toMatchObject({ width: 80, height: 64, channels: 3, bits: 16 });
    expect(largestDifference(a, b)).toBeLessThanOrEqual(2);
    expect(psnr(a, truthOf(TEST_SCENE, KIND), 6)).toBeGreaterThan(30);
  });

  test("takes patterns, and names the result for a folder by the first frame", async () => {
    const found = await run(file("frame-*.png"), "-o", folder, "--backend", "cpu", "--method", "shift-and-add", "-q");
    expect(found).toMatchObject({ code: 0, results: [], notes: [] });
    expect(readdirSync(folder)).toContain("frame-0-2x.png");
  });

  test.each([
    [
      ["frame-0.png", "other.png"],
      "out.png",
      /^Frames must be of one size and kind: frame 2 is 8x32 with 3 channels of 16 bits, frame 1 is 40x32/,
    ],
    [["frame-0.png", "broken.png"], "out.png", /^The picture \S+broken.png cannot be read: /],
    [["frame-0.png", "nothing.png"], "out.png", /^The picture \S+nothing.png cannot be read: /],
    [["frame-0.png", "frame-1.png"], "frame-1.png", /^The output \S+frame-1.png is the same file as the input /],
    [["frame-0.png"], "out.bmp", /^The output \S+out.bmp ends in neither/],
    [["frame-0.png"], "nowhere/out.png", /^The folder \S+nowhere does not exist; --mkdir makes it$/],
  ])("of %j into %s says what is wrong and writes nothing", async (names, output, sentence) => {
    const before = readdirSync(folder);
    const { code, notes, results } = await run(...names.map(file), "-o", file(output), "--backend", "cpu");
    expect({ code, results }).toEqual({ code: 1, results: [] });
    expect(notes).toEqual([expect.stringMatching(sentence)]);
    expect(readdirSync(folder)).toEqual(before);
  });

  test.each([
    [[], "merge needs the frames to merge; see merge --help"],
    [["a.png"], "merge needs an output, such as -o merged.png"],
    [["a.png", "-o", "b.png", "-s", "1.5"], 'The option --scale is "1.5", but can only be a whole number from 1 to 8'],
    [
      ["a.png", "-o", "b.png", "--method", "best"],
      'The option --method is "best", but can only be map, back-projection, pocs or shift-and-add',
    ],
    [
      ["a.png", "-o", "b.png", "--iterations", "0"],
      'The option --iterations is "0", but can only be a whole number from 1 to 1000',
    ],
    [["a.png", "-o", "b.png", "--tile", "8"], "There is no option --tile; --help shows those there are"],
  ])("refuses the words %j", (words, message) => {
    expect(() => parseCommand(["merge", ...words])).toThrow(message);
  });

  test("asks for help without frames", () => {
    expect(parseCommand(["merge", "--help"])).toMatchObject({ action: "help", merge: { scale: 2, method: "map" } });
  });
});
