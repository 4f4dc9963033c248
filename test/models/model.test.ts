import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { BUNDLED_MODELS, DEFAULT_MODEL, loadModel } from "../../src/models/bundled.js";
import { createUpscaler } from "../../src/upscaler.js";
import { compactWeights, lumaWeights } from "../cases/networks.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";

const FILE = serializeSafetensors(compactWeights({ scale: 2, metadata: { author: "someone" } }));

describe("loadModel", () => {
  it.each([
    ["bytes", FILE],
    ["a buffer", FILE.slice().buffer],
    ["a Blob", new Blob([FILE.slice()])],
    ["a Response", new Response(FILE.slice())],
  ])("reads %s", async (_, source) => {
    expect(await loadModel(source)).toMatchObject({
      name: "compact",
      byteLength: FILE.length,
      metadata: { author: "someone" },
      network: { architecture: "compact", scale: 2 },
    });
  });

  it("is called what it is told, or like its file", async () => {
    const url = `data:application/octet-stream;base64,${Buffer.from(FILE).toString("base64")}`;
    expect((await loadModel(FILE, { name: "mine" })).name).toBe("mine");
    expect((await loadModel(url, { name: "mine" })).name).toBe("mine");
    // A data: URL's last part is no name, but whatever it is says nothing of the network.
    expect((await loadModel(new URL(url))).network.scale).toBe(2);
  });
});

describe("loadModel by name", () => {
  it("gives a model back as it is", async () => {
    const model = await loadModel(FILE);
    expect(await loadModel(model)).toBe(model);
  });

  it("takes a companion package's export", async () => {
    expect((await loadModel(async () => FILE, { name: "mine" })).name).toBe("mine");
  });

  it("loads the default once and calls it by its name", async () => {
    const [first, second] = await Promise.all([loadModel(), loadModel(DEFAULT_MODEL)]);
    expect(first).toBe(second);
    expect(first).toMatchObject({ name: "general-x4v3", network: { architecture: "compact", scale: 4, blocks: 32 } });
  });

  it.each([
    ["anime-6b", 6],
    ["x4plus", 23],
  ])("finds the companion package of %s", async (name, blocks) => {
    expect(await loadModel(name)).toMatchObject({ name, network: { architecture: "rrdbnet", scale: 4, blocks } });
  });

  it.each(["general-x4v3", "anime-6b"])("%s has progress and a SHA-256, the second time too", async (name) => {
    const file = readFileSync(new URL(`../../models/${name}/${name}.safetensors`, import.meta.url));
    const sha256 = createHash("sha256").update(file).digest("hex");
    for (const options of [{}, { sha256 }, { sha256 }]) {
      const seen: unknown[] = [];
      const model = await loadModel(name, { ...options, onProgress: (progress) => seen.push(progress) });
      expect(model).toMatchObject({ name, byteLength: file.length });
      expect(seen.at(-1)).toEqual({ loaded: file.length, total: file.length });
    }
    await expect(loadModel(name, { sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "bad-weights",
      message: expect.stringContaining(`has the SHA-256 ${sha256}, expected 000`),
    });
    expect(await loadModel(name, { name: "mine" })).toMatchObject({ name: "mine" });
    expect(await loadModel(name)).toMatchObject({ name });
  });

  it("gives a companion package's export the options", async () => {
    const options = { signal: new AbortController().signal, onProgress: () => {}, sha256: undefined, cache: false };
    const loader = vi.fn(() => FILE);
    await loadModel(loader, { ...options, name: "mine" });
    expect(loader).toHaveBeenCalledWith(options);
  });

  it("says that a loader failed, and why", async () => {
    const cause = new Error("no disk");
    await expect(loadModel(() => Promise.reject(cause))).rejects.toMatchObject({
      code: "network",
      message: "The function that was given as the model gave no weights: no disk",
      cause,
    });
  });

  it.each([2, 3, 4])("vdsr-x%i is one file at that scale", async (scale) => {
    const { network, metadata } = await loadModel(`vdsr-x${scale}`);
    expect(network).toMatchObject({ architecture: "vdsr", scale, blocks: 18 });
    expect(metadata).toMatchObject({ scale: `${scale}`, luma: "studio" });
  });

  it("what is stated stands in place of what a file says, and of others' files too", async () => {
    const file = serializeSafetensors(lumaWeights("vdsr", { scale: 4, metadata: { format: "pt" } }));
    await expect(loadModel(file)).rejects.toMatchObject({ code: "unsupported-model" });
    const { network } = await loadModel(file, { stated: { scale: "2", luma: "full" } });
    expect(network).toMatchObject({ architecture: "vdsr", scale: 2 });
  });

  it.each([
    ["bicubic", 4],
    ["bicubic-x2", 2],
    ["nearest-x8", 8],
    ["bilinear-x3", 3],
  ] as const)("%s is no network", async (name, scale) => {
    expect(await loadModel(name)).toMatchObject({ name, network: { architecture: "interpolation", scale } });
    await expect(loadModel(name, { sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "bad-input",
      message: `The model "${name}" has no file whose SHA-256 could be checked`,
    });
  });

  it.each(["bicubic-x1", "bicubic-x9", "bicubic-x", "lanczos"])("%s is no name", async (name) => {
    await expect(loadModel(name)).rejects.toMatchObject({ code: "unsupported-model" });
  });

  it("cannot check the file of a model that is loaded", async () => {
    await expect(loadModel(await loadModel(FILE), { sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "bad-input",
      message: 'The model "compact" is loaded, its file\'s SHA-256 cannot be checked now',
    });
  });

  it("says which names there are", async () => {
    await expect(loadModel("x4")).rejects.toMatchObject({
      code: "unsupported-model",
      message:
        'There is no model named "x4"; there are general-x4v3, anime-6b, x4plus, srcnn-915-x3, fsrcnn-s-x3, espcn-x3, vdsr-x2, ' +
        "vdsr-x3, vdsr-x4, nearest, bilinear, bicubic, or give the URL of a .safetensors or .pth file",
    });
    for (const name of ["toString", "__proto__", ""]) {
      await expect(loadModel(name)).rejects.toMatchObject({ code: "unsupported-model" });
    }
    expect(Object.keys(BUNDLED_MODELS)).toContain(DEFAULT_MODEL);
  });

  it.each([
    ["Null", null],
    ["Number", 5],
    ["Object", {}],
    ["Promise", Promise.resolve()],
  ])("refuses %s, which is no source of weights", async (name, source) => {
    const given = source as unknown as ArrayBuffer;
    const device = { createComputePipelineAsync() {} } as unknown as GPUDevice;
    await expect(createUpscaler(device, { model: given })).rejects.toMatchObject({ code: "bad-input" });
    await expect(loadModel(given)).rejects.toMatchObject({
      code: "bad-input",
      message: `Weights must be an ArrayBuffer, Uint8Array, Blob, Response, URL or string, got ${name}`,
    });
  });

  it("carries the weights that are in the repository", async () => {
    const file = readFileSync(new URL("../../models/general-x4v3/general-x4v3.safetensors", import.meta.url));
    expect((await loadModel()).byteLength).toBe(file.length);
  });
});
