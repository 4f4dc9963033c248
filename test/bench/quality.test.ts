// The measurement of quality: what it makes small and compares is held against Pillow, NumPy and PyTorch on the repository's photo, with networks
// run on the CPU; its tiles against the whole; and the words that ask for it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseArguments } from "../../bench/cli/arguments.js";
import { qualityLine, qualityTable, rowsOf } from "../../bench/cli/quality.js";
import { weightFiles } from "../../bench/cli/weight-files.js";
import { inTiles } from "../../bench/quality/gpu-runner.js";
import { levelsOf, pillowResized } from "../../bench/quality/levels.js";
import { qualityOf } from "../../bench/quality/metrics.js";
import { measure, type ProtocolName, protocolsOf, type Runner } from "../../bench/quality/protocols.js";
import { publishedOf } from "../../bench/quality/published.js";
import { upscaleOnCpu } from "../../src/cpu.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { reachOf } from "../../src/graph/reach.js";
import { interpolationModel } from "../../src/models/interpolation.js";
import { type Model, readModel } from "../../src/models/model.js";
import { readPicture } from "../../src/node/index.js";
import { tensor } from "../../src/ops/tensor.js";
import { lumaWeights, modelOf } from "../cases/networks.js";
import { randomTensor, seededRandom } from "../cases/random.js";

interface Fixtures {
  readonly bicubic: Readonly<Record<string, Readonly<Record<ProtocolName, { psnr: number; ssim: number }>>>>;
  readonly pillow: Readonly<Record<string, readonly number[]>>;
}

const root = join(import.meta.dirname, "../..");
const fixtures = JSON.parse(readFileSync(join(root, "test/fixtures/quality.json"), "utf8")) as Fixtures;
const photo = (await readPicture(join(root, "examples/photo.png"))).pixels;
const tiny = (await readPicture(join(root, "test/golden/tiny-37x23.png"))).pixels;

const onCpu: Runner = {
  values: async ({ network }, input) => runOnCpu(network.graph, input),
  picture: async (model, input) => upscaleOnCpu(model, input),
};

describe.each(Object.entries(fixtures.bicubic))("bicubic interpolation by %s", (scale, expected) => {
  it.each(Object.entries(expected) as [ProtocolName, { psnr: number; ssim: number }][])(
    "%s",
    async (protocol, { psnr, ssim }) => {
      const found = await measure(protocol, interpolationModel(`bicubic-x${scale}`)!, photo, onCpu);
      expect(found.psnr).toBeCloseTo(psnr, 3);
      expect(found.ssim).toBeCloseTo(ssim, 4); // as many digits as are printed; Pillow's weights have 22 bits
    },
  );
});

it.each(Object.entries(fixtures.pillow))("a picture made %s is Pillow's", (size, expected) => {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const { data } = pillowResized(levelsOf(tiny), { width, height });
  const wrong = expected.filter((level, i) => data[(i % 3) * width * height + Math.floor(i / 3)] !== level);
  expect(data).toHaveLength(expected.length);
  expect(wrong).toHaveLength(0);
});

describe("networks, as PyTorch measures them", () => {
  const shipped = (file: string, stated?: Readonly<Record<string, string>>) =>
    readModel(readFileSync(join(root, "models/classics", `${file}.safetensors`)), { name: file, stated });

  it.each<[string, Readonly<Record<string, string>> | undefined, ProtocolName, number]>([
    ["srcnn-915-x3", undefined, "author", 31.544],
    ["srcnn-915-x3", undefined, "rgb", 31.5455],
    ["fsrcnn-s-x3", undefined, "author", 31.6293],
    ["fsrcnn-s-x3", undefined, "rgb", 31.6483],
    ["espcn-x3", undefined, "pillow", 30.3865],
    ["espcn-x3", undefined, "rgb", 31.6592],
    ["vdsr", { scale: "2" }, "unrounded", 27.5027],
  ])("%s %o, %s", async (file, stated, protocol, psnr) => {
    const model = await shipped(file, stated);
    const picture = file === "vdsr" ? tiny : photo; // twenty layers take the CPU long
    expect(protocolsOf(model)).toContain(protocol);
    expect(Math.abs((await measure(protocol, model, picture, onCpu)).psnr - psnr)).toBeLessThan(0.005);
  });
});

it("gray counts as it is, and 16 bits as levels", async () => {
  const gray = { ...photo, channels: 1, data: photo.data.filter((_, i) => i % 3 === 1) } as const;
  const deep = { ...gray, bits: 16, data: Uint16Array.from(gray.data, (level) => level * 257) } as const;
  const bicubic = interpolationModel("bicubic-x2")!;
  const found = await measure("author", bicubic, gray, onCpu);
  expect(await measure("author", bicubic, deep, onCpu)).toEqual(found);
  // Studio luma has 219 levels where gray has 255.
  const studio = await measure("rgb", bicubic, gray, onCpu);
  expect(studio.psnr - found.psnr).toBeCloseTo(20 * Math.log10(255 / 219), 1);
});

it("pictures of which nothing would be left are refused", async () => {
  const small = { ...tiny, width: 37, height: 8, data: tiny.data.subarray(0, 37 * 8 * 3) };
  await expect(measure("author", interpolationModel("bicubic-x3")!, small, onCpu)).rejects.toThrow(
    "A picture of 37x8 pixels is too small for bicubic-x3, expected 9x9 at least",
  );
});

describe("the figures", () => {
  const row = (...values: number[]) =>
    tensor({ channels: 1, height: 1, width: values.length }, Float32Array.from(values));

  it("of pictures smaller than SSIM's window leave it out", () => {
    const { psnr, ssim } = qualityOf(row(0, 255), row(0, 229.5));
    expect(psnr).toBeCloseTo(10 * Math.log10(200), 5);
    expect(ssim).toBeNaN();
  });

  it("are 1 and infinite where nothing differs", () => {
    const same = randomTensor(seededRandom(1), { channels: 1, height: 11, width: 12 });
    expect(qualityOf(same, same)).toEqual({ psnr: Number.POSITIVE_INFINITY, ssim: 1 });
  });

  it("of two sizes are refused", () => {
    expect(() => qualityOf(row(1, 2), row(1))).toThrow("The result is [1,1,2], expected [1,1,1]");
  });
});

it.each(["espcn", "vdsr"] as const)("%s in tiles is what it is as a whole", async (kind) => {
  const model = modelOf(lumaWeights(kind, { scale: 2 }));
  const { graph, scale } = model.network;
  const input = randomTensor(seededRandom(2), { channels: 3, height: 37, width: 61 });
  let tiles = 0;
  const inParts = await inTiles(input, { scale, overlap: reachOf(graph), side: 64 }, async (part) => {
    tiles++;
    return runOnCpu(graph, part);
  });
  const whole = runOnCpu(graph, input);
  expect(tiles).toBeGreaterThan(1);
  // Centres of taps are computed from other sizes.
  expect(Math.max(...whole.data.map((value, i) => Math.abs(value - inParts.data[i]!)))).toBeLessThan(1e-6);
});

describe("rows", () => {
  const measured = ["comic", "Face"].map((name, i) => ({ name, quality: { psnr: 20 + i, ssim: 0.5 } }));

  it("say what was published of the same pictures", () => {
    const rows = rowsOf("espcn-x3", "pillow", "set14", measured);
    expect(rows.map(({ of, psnr, published }) => [of, psnr, published])).toEqual([
      ["set14", 20.5, undefined],
      ["set14 comic", 20, 24.14],
      ["set14 Face", 21, 32.4],
    ]);
    expect(qualityLine(rows[1]!)).toBe("espcn-x3 pillow, set14 comic (1): 20.000 dB, SSIM 0.5000, published 24.14");
  });

  it("say of which other pictures something was published", () => {
    const [row] = rowsOf("srcnn-915-x3", "author", "mine", measured);
    expect(row!.published).toBeUndefined();
    expect(qualityTable([row!])).toContain(
      "| srcnn-915-x3 | author | mine (2) | 20.500 | 0.5000 | 32.44 on Set5, 29.05 on Set14 |",
    );
  });

  it("say nothing of what was measured by another protocol", () => {
    expect(rowsOf("vdsr-x2", "rgb", "Set5", measured)[0]).toMatchObject({ published: undefined, elsewhere: {} });
  });
});

it("files are known by the names that their repositories give them", () => {
  expect(publishedOf("RRDB_PSNR_x4")).toMatchObject({ protocol: "rgb", psnr: { Set5: 32.73 } });
  expect(publishedOf("fsrcnn_x3")?.stated).toEqual({ scale: "3", luma: "studio", padding: "zeros" });
  expect(publishedOf("constructor")).toBeUndefined();
});

it.each<[Model, readonly ProtocolName[]]>([
  [modelOf(lumaWeights("srcnn")), ["author", "rgb"]],
  [modelOf(lumaWeights("fsrcnn")), ["pillow", "rgb"]],
  [{ ...modelOf(lumaWeights("fsrcnn")), metadata: { padding: "replicate" } }, ["author", "rgb"]],
])("protocols follow the network", (model, protocols) => expect(protocolsOf(model)).toEqual(protocols));

describe("weights", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "quality-"));
    for (const name of ["b.pth", "a.safetensors", "notes.txt"]) writeFileSync(join(folder, name), "");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are one file, or those of a folder", () => {
    expect(weightFiles(folder)).toEqual([join(folder, "a.safetensors"), join(folder, "b.pth")]);
    expect(weightFiles(join(folder, "b.pth"))).toEqual([join(folder, "b.pth")]);
  });

  it("that are not there are refused", () => {
    expect(() => weightFiles(join(folder, "none"))).toThrow(/^There is no file or folder /);
    rmSync(join(folder, "b.pth"));
    rmSync(join(folder, "a.safetensors"));
    expect(() => weightFiles(folder)).toThrow(/^No weights \(.safetensors, .pth, .pt\) are in the folder /);
  });
});

describe("the command line", () => {
  it("knows it", () => {
    expect(
      parseArguments(["quality", "--set", "Set5", "--weights=mine", "--stated", "scale=3,luma=full"]),
    ).toMatchObject({
      action: "quality",
      set: "Set5",
      weights: "mine",
      stated: { scale: "3", luma: "full" },
    });
  });

  it.each(["scale", "scale=", "scale=3,,luma=full", "=3"])("refuses --stated %s", (text) => {
    expect(() => parseArguments(["quality", "--stated", text])).toThrow("--stated must be like scale=3,");
  });
});
