// The command line's words: what each option takes, and what it does not, in one sentence.
import { describe, expect, test } from "vitest";
import { HELP, parseCommand, UsageError } from "../../src/node/cli-arguments.js";

const parsed = (...words: string[]) => parseCommand(["a.png", ...words]);

describe("options", () => {
  test("that are not given leave the choice to the model and the device", () => {
    expect(parsed()).toEqual({
      action: "upscale",
      inputs: ["a.png"],
      recursive: false,
      output: undefined,
      name: "{stem}-{scale}x",
      mkdir: false,
      resume: false,
      watch: false,
      models: [{ name: "general-x4v3", weight: 1 }],
      precision: "auto",
      backend: "gpu",
      adapter: undefined,
      scale: undefined,
      tile: undefined,
      memoryBudget: undefined,
      alpha: undefined,
      format: undefined,
      quality: undefined,
      frame: undefined,
      maxPixels: undefined,
      tta: false,
      tileable: false,
      json: false,
      print0: false,
      progress: "bar",
      encode: undefined,
      partFrames: undefined,
      quiet: false,
    });
  });

  const WORDS: Readonly<Record<string, string>> = {
    models: "model",
    memoryBudget: "memory",
    maxPixels: "max-pixels",
    maxSize: "max-size",
    partFrames: "part-frames",
    inputs: "help",
    action: "plan",
  };

  test("are all in the help", () => {
    for (const name of Object.keys(parsed())) {
      const option = WORDS[name] ?? name;
      expect(HELP).toContain(`--${option}`);
    }
  });

  test("that are switches", () => {
    const all = ["-r", "--resume", "--tta", "--tileable", "-q", "--json", "--print0"];
    const on = { recursive: true, resume: true, tta: true, tileable: true, quiet: true, json: true, print0: true };
    expect(parsed(...all)).toMatchObject(on);
  });

  test.each([
    ["0.1", 0.1],
    ["16", 16],
    ["2.5", 2.5],
    [".5", 0.5],
    ["1e1", 10],
  ])("--scale %s", (words, scale) => {
    expect(parsed("-s", words).scale).toBe(scale);
    expect(parsed(`--scale=${words}`).scale).toBe(scale);
  });

  test.each([
    ["auto", "auto"],
    ["256", { size: 256 }],
    ["256,0", { size: 256, overlap: 0 }],
    ["64,31", { size: 64, overlap: 31 }],
  ])("--tile %s", (words, tile) => {
    expect(parsed("--tile", words).tile).toEqual(tile);
  });

  test.each([
    ["1000", 1000],
    ["64K", 65536],
    ["64M", 67108864],
    ["1.5g", 1610612736],
    ["2GiB", 2147483648],
    ["512MB", 536870912],
  ])("--memory %s", (words, memoryBudget) => {
    expect(parsed("--memory", words).memoryBudget).toBe(memoryBudget);
  });

  test.each([
    ["1000", 1000],
    ["500M", 500_000_000],
    ["1.5g", 1_500_000_000],
  ])("--max-pixels %s", (words, maxPixels) => {
    expect(parsed("--max-pixels", words).maxPixels).toBe(maxPixels);
  });

  test("of outputs and frames", () => {
    const words = ["--format", "jpeg", "--quality", "80", "--frame", "12"];
    expect(parsed(...words)).toMatchObject({ format: "jpeg", quality: 80, frame: 12 });
  });

  test.each([
    ["x4plus", [["x4plus", 1]]],
    ["C:\\models\\a.safetensors", [["C:\\models\\a.safetensors", 1]]],
    ["a+b.safetensors", [["a+b.safetensors", 1]]],
    ["odd:0.5", [["odd:0.5", 1]]],
    [
      "a.safetensors:0.8+b.safetensors:0.2",
      [
        ["a.safetensors", 0.8],
        ["b.safetensors", 0.2],
      ],
    ],
    [
      "C:\\a+1.safetensors:1.5+general-x4v3:-.5+D:\\b:1e-1",
      [
        ["C:\\a+1.safetensors", 1.5],
        ["general-x4v3", -0.5],
        ["D:\\b", 0.1],
      ],
    ],
  ])("--model %s", (words, models) => {
    expect(parsed("-m", words).models).toEqual(models.map(([name, weight]) => ({ name, weight })));
  });
});

describe("wrong values", () => {
  const wrong: [option: string, words: string[], message: RegExp][] = [
    ["--scale", ["0", "0.09", "16.1", "x", "2x", "NaN", "Infinity", "0x4", " 4", "-2"], /from 0\.1 to 16$/],
    ["--tile", ["0", "x", "256,", "256,x", "-1", "64,32", "1.5", "99999999", "AUTO"], /such as 256,16$/],
    ["--memory", ["0", "M", "64T", "-1M", "1e9", "0.5", "9999999999G"], /such as 512M$/],
    ["--alpha", ["none", "Bicubic"], /can only be bicubic, network or ignore$/],
    ["--max-pixels", ["0", "M", "-1", "1T", "1e9", "99999999G"], /such as 500M$/],
    ["--format", ["jpg", "gif", "PNG"], /can only be png, jpeg, webp, avif or tiff$/],
    ["--quality", ["0", "101", "x", "1.5"], /a whole number from 1 to 100$/],
    ["--frame", ["0", "-1", "x"], /a whole number from 1 to 2147483647$/],
    ["--model", ["a:0.5+b", "a:0.5+", "a:0.5+b:x", "a:0.5+b:0.5+c"], /is no NAME:WEIGHT/],
  ];
  test.each(wrong.flatMap(([option, words, message]) => words.map((word) => [option, word, message] as const)))(
    "%s %s",
    (option, word, message) => {
      expect(() => parsed(`${option}=${word}`)).toThrow(UsageError);
      expect(() => parsed(`${option}=${word}`)).toThrow(message);
      expect(() => parsed(`${option}=${word}`)).toThrow(/^[^\n]+$/);
    },
  );
});

test.each([
  [["video", "a.mp4", "-o", "b.mp4"], { action: "video", inputs: ["a.mp4"], output: "b.mp4" }],
  [["./video", "-r"], { action: "upscale", inputs: ["./video"] }],
  [["-", "a.png"], { inputs: ["-", "a.png"], output: "-" }],
  [["-", "-o", "x.png", "--json"], { output: "x.png", json: true }],
])("%j", (words, command) => {
  expect(parseCommand(words)).toMatchObject(command);
});

test.each([
  [["video", "a.mp4"], /^The command video takes one file and -o with another, as in: /],
  [["video", "a.mp4", "b.mp4", "-o", "c.mp4"], /^The command video takes one file/],
  [["--watch", "p"], /^The option --watch takes folders and -o with another, as in: /],
  [["-", "--json"], /^The option --json prints where the picture goes, which is standard output$/],
  [["a.png", "-o", "-", "--print0"], /^The option --print0 prints where the picture goes/],
  [["a.png", "--name", "{stem}{size}"], /^The option --name has \{size\}, but can only have \{stem\}, \{scale\} and/],
  [["a.png", "--name", "x/{stem}"], /^The option --name is "x\/\{stem\}", but a name has no folders;/],
])("%j is refused", (words, message) => {
  expect(() => parseCommand(words)).toThrow(UsageError);
  expect(() => parseCommand(words)).toThrow(message);
});
