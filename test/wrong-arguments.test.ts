// What every public call says of arguments that are wrong: one sentence, with a code, and nothing from inside.

import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as browser from "../src/browser.js";
import * as core from "../src/index.js";
import * as multiFrame from "../src/multi-frame/index.js";
import * as node from "../src/node/index.js";
import * as worker from "../src/worker/index.js";
import { compactWeights, modelOf } from "./cases/networks.js";

/** A device that can do nothing: whatever reaches it was not refused. */
const DEVICE = {
  limits: {
    maxBufferSize: 268_435_456,
    maxStorageBufferBindingSize: 134_217_728,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxTextureDimension2D: 8192,
  },
  features: new Set(),
  adapterInfo: { vendor: "acme", architecture: "one", description: "" },
  lost: new Promise(() => {}),
  addEventListener() {},
  removeEventListener() {},
  createComputePipelineAsync() {},
};
const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1 }));
const PIXELS = { data: new Uint8Array(48), width: 4, height: 4, channels: 3, bits: 8 };
const PASS = { width: 8, height: 8, input: "rgba8unorm", output: "rgba8unorm" };
const WORKER = { addEventListener() {}, postMessage() {}, terminate() {} };
const OUTPUT = join(tmpdir(), `esrgan-webgpu-wrong-arguments-${process.pid}.png`);
const PHOTO = "examples/photo.png";

afterAll(() => rmSync(OUTPUT, { force: true }));

// Wrong types are what these calls are for, so their types are left aside.
type Call = (...args: readonly unknown[]) => unknown;
const of = (module: object) => module as Readonly<Record<string, Call>>;
const [library, pages, merging, files, workers] = [core, browser, multiFrame, node, worker].map(of) as [
  Readonly<Record<string, Call>>,
  Readonly<Record<string, Call>>,
  Readonly<Record<string, Call>>,
  Readonly<Record<string, Call>>,
  Readonly<Record<string, Call>>,
];
const upscaler = of(await core.createUpscaler(DEVICE as never, { model: MODEL }));

/** A method of the Upscaler. */
const method =
  (name: string): Call =>
  (...args) =>
    upscaler[name]!(...args);

/** Every call with options: how it is made with some, and names that it takes. */
const CALLS: Readonly<Record<string, { readonly call: Call; readonly options: readonly string[] }>> = {
  upscale: {
    call: (options) => library.upscale!(DEVICE, PIXELS, withModel(options)),
    options: ["signal", "onProgress", "onNote", "precision", "memoryBudget", "load"],
  },
  createUpscaler: {
    call: (options) => library.createUpscaler!(DEVICE, withModel(options)),
    options: ["precision", "memoryBudget", "tuning", "load"],
  },
  load: {
    call: (load) => library.createUpscaler!(DEVICE, { model: "./none.safetensors", load }),
    options: ["onProgress", "signal", "cache", "sha256", "name", "stated"],
  },
  loadModel: {
    call: (options) => library.loadModel!("bicubic", options),
    options: ["onProgress", "signal", "cache", "sha256", "name", "stated"],
  },
  interpolateModels: {
    call: (options) => library.interpolateModels!([{ model: MODEL, weight: 1 }], options),
    options: ["name"],
  },
  upscaleOnCpu: { call: (options) => library.upscaleOnCpu!(MODEL, PIXELS, options), options: ["onProgress"] },
  plan: {
    call: async (options) => method("plan")(8, 8, options),
    options: ["bits", "channels", "output", "scale", "tile", "alpha", "tta", "tileable"],
  },
  prepare: { call: (options) => method("prepare")(8, 8, options), options: ["signal", "bits", "scale"] },
  "upscaler.upscale": {
    call: (options) => method("upscale")(PIXELS, options),
    options: [
      ...["signal", "onProgress", "onNote", "output", "type", "quality", "canvas", "texture", "pixelFormat"],
      ...["textureFormat", "textureUsage", "scale", "tile", "alpha", "tta", "tileable"],
    ],
  },
  strips: {
    call: async (options) => method("strips")(PIXELS, options),
    options: ["signal", "onProgress", "onNote", "output", "pixelFormat", "tile"],
  },
  createPass: {
    call: (options) => method("createPass")(isObject(options) ? { ...PASS, ...options } : options),
    options: [
      ...["width", "height", "input", "output", "inputTransfer", "outputTransfer", "range", "flipY", "alpha"],
      ...["maxSliceMs", "signal"],
    ],
  },
  tune: { call: method("tune"), options: ["budgetMs", "signal", "software", "size"] },
  superResolve: {
    call: (options) => merging.superResolve!(DEVICE, [PIXELS], options),
    options: [
      ...["scale", "method", "prior", "shifts", "registration", "psf", "iterations", "memoryBudget", "signal"],
      ...["onProgress", "output", "canvas", "texture"],
    ],
  },
  superResolveOnCpu: {
    call: async (options) => merging.superResolveOnCpu!([PIXELS], options),
    options: ["scale", "method", "iterations", "onProgress"],
  },
  estimateShifts: {
    call: (options) => merging.estimateShifts!([PIXELS], options),
    options: ["signal", "registration"],
  },
  createAccumulator: {
    call: (options) => merging.createAccumulator!(DEVICE, isObject(options) ? { ...PASS, ...options } : options),
    options: ["width", "height", "scale", "psf", "input", "output", "inputTransfer", "outputTransfer", "range"],
  },
  "openDevice of a page": { call: pages.openDevice!, options: ["powerPreference", "features", "allowSoftware"] },
  "openDevice of Node": { call: files.openDevice!, options: ["adapter", "features", "dawnOptions"] },
  createWorkerUpscaler: {
    call: (options) => workers.createWorkerUpscaler!(isObject(options) ? { worker: WORKER, ...options } : options),
    options: ["worker", "precision", "memoryBudget", "load", "allowSoftware"],
  },
  readPicture: { call: (options) => files.readPicture!(PHOTO, options), options: ["maxPixels", "frame"] },
  writePicture: {
    call: (options) => files.writePicture!(OUTPUT, { pixels: PIXELS }, undefined, undefined, options),
    options: ["format", "quality"],
  },
};

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** With a model that asks for no GPU. */
function withModel(options: unknown): unknown {
  return isObject(options) ? { model: MODEL, ...options } : options;
}

/** The one sentence of the refusal. @throws what else is thrown, or that nothing is */
async function refusal(call: () => unknown): Promise<string> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (!(error instanceof core.EsrganError)) throw error;
    expect(error.message).toMatch(/^[^\n]+[^.\n]$/);
    expect(error.code).toMatch(/^(bad-input|unsupported-(model|device)|bad-weights)$/);
    return error.message;
  }
  throw new Error(`It was not refused, and gave ${String(result)}`);
}

/** `name` with its middle letter left out. */
function misspelt(name: string): string {
  const middle = name.length >> 1;
  return name.slice(0, middle) + name.slice(middle + 1);
}

describe.each(Object.entries(CALLS))("the options of %s", (title, { call, options }) => {
  const who = title.split(" ")[0]!.replace("upscaler.", "");

  it.each([[null], [5], [Number.NaN], ["text"], [true], [() => {}], [5n]])("are an object: not %s", async (wrong) => {
    const got = wrong === null ? "null" : typeof wrong;
    expect(await refusal(() => call(wrong))).toBe(`The options of ${who} must be an object, got ${got}`);
  });

  it.each(options)("have no misspelt %s", async (name) => {
    const wrong = misspelt(name);
    expect(await refusal(() => call({ [wrong]: undefined }))).toBe(
      `${who} has no option ${wrong}, did you mean ${name}?`,
    );
  });

  it.each(options)("name %s where it has another type", async (name) => {
    const called = /^(canvas|texture)/.test(name)
      ? /canvas|texture/i
      : new RegExp(name.replace("sha256", "sha-?256"), "i");
    for (const wrong of [null, Number.NaN, -1, 5n, () => {}]) {
      if (/^on[A-Z]/.test(name) && typeof wrong === "function") continue;
      if (["powerPreference", "load", "worker"].includes(name)) continue; // below
      expect(await refusal(() => call({ [name]: wrong })), String(wrong)).toMatch(called);
    }
  });
});

/** What else is given, and what is none of it. */
const ARGUMENTS: Readonly<Record<string, { readonly call: Call; readonly isRight?: (value: unknown) => boolean }>> = {
  "upscale, the device": { call: (value) => library.upscale!(value, PIXELS) },
  "upscale, the picture": { call: (value) => library.upscale!(DEVICE, value, { model: MODEL }) },
  "upscale, the model": { call: (model) => library.upscale!(DEVICE, PIXELS, { model }) },
  "releaseAll, the device": { call: async (value) => library.releaseAll!(value) },
  "createUpscaler, the device": { call: (value) => library.createUpscaler!(value, { model: MODEL }) },
  "createUpscaler, the model": { call: (model) => library.createUpscaler!(DEVICE, { model }) },
  "createUpscaler, load": { call: (load) => library.createUpscaler!(DEVICE, { load }), isRight: isObject },
  "loadModel, the source": { call: (value) => library.loadModel!(value) },
  "interpolateModels, the parts": { call: async (value) => library.interpolateModels!(value) },
  "upscaleOnCpu, the model": { call: async (value) => library.upscaleOnCpu!(value, PIXELS) },
  "upscaleOnCpu, the picture": { call: async (value) => library.upscaleOnCpu!(MODEL, value) },
  "deviceRequirements, the adapter": { call: async (value) => library.deviceRequirements!(value) },
  "keepTuningIn, the device": { call: async (value) => library.keepTuningIn!(value, { load() {}, save() {} }) },
  "keepTuningIn, the store": { call: async (value) => library.keepTuningIn!(DEVICE, value) },
  "upscaler.upscale, the picture": { call: method("upscale") },
  "strips, the picture": { call: async (value) => method("strips")(value) },
  "plan, the width": { call: async (value) => method("plan")(value, 8), isRight: (value) => value === 5 },
  "prepare, the height": { call: (value) => method("prepare")(8, value), isRight: (value) => value === 5 },
  "superResolve, the device": { call: (value) => merging.superResolve!(value, [PIXELS]) },
  "superResolve, the frames": { call: (value) => merging.superResolve!(DEVICE, value) },
  "superResolve, a frame": { call: (value) => merging.superResolve!(DEVICE, [value]) },
  "superResolveOnCpu, a frame": { call: async (value) => merging.superResolveOnCpu!([value]) },
  "estimateShifts, the frames": { call: (value) => merging.estimateShifts!(value) },
  "createAccumulator, the device": { call: (value) => merging.createAccumulator!(value, PASS) },
  "halton, the index": { call: async (value) => merging.halton!(value), isRight: (value) => value === 5 },
  "createWorkerUpscaler, the worker": { call: (value) => workers.createWorkerUpscaler!({ worker: value }) },
  "serve, the scope": { call: async (value) => workers.serve!(value) },
  "readPicture, the file": { call: (value) => files.readPicture!(value) },
  "readPicture, the bytes": {
    call: (bytes) => files.readPicture!({ name: "a", bytes }),
  },
  "readPictureSize, the file": { call: (value) => files.readPictureSize!(value) },
  "writePicture, the path": { call: (value) => files.writePicture!(value, { pixels: PIXELS }) },
  "writePicture, the picture": { call: (value) => files.writePicture!(OUTPUT, value) },
  "writePicture, onNote": {
    call: (value) => files.writePicture!(OUTPUT, { pixels: PIXELS }, undefined, value),
    isRight: (value) => typeof value === "function",
  },
  "writePictureStrips, the strips": {
    call: (value) => files.writePictureStrips!(OUTPUT, value, PIXELS),
    isRight: Array.isArray,
  },
  "writePictureStrips, a strip": { call: (value) => files.writePictureStrips!(OUTPUT, [value], PIXELS) },
  "writePictureStrips, the picture": {
    call: (value) => files.writePictureStrips!(OUTPUT, [{ y: 0, pixels: PIXELS }], value),
  },
  "openDevice of a page, powerPreference": { call: (value) => pages.openDevice!({ powerPreference: value }) },
};

describe.each(Object.entries(ARGUMENTS))("of %s", (_, { call, isRight = () => false }) => {
  const wrong = [null, 5, Number.NaN, -1, "text", true, [], {}, () => {}, 5n].filter((value) => !isRight(value));

  it.each(wrong.map((value) => [value]))("not %s", async (value) => {
    await refusal(() => call(value));
  });
});

describe("an ArrayBuffer that was transferred", () => {
  function detached(): Uint8Array {
    const bytes = new Uint8Array(48);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  }

  it.each([
    ["as a model's bytes", () => core.loadModel(detached())],
    ["as a model's ArrayBuffer", () => core.loadModel(detached().buffer as ArrayBuffer)],
    ["as pixels", () => method("upscale")({ ...PIXELS, data: detached() })],
    ["as a frame's pixels", () => merging.superResolve!(DEVICE, [{ ...PIXELS, data: detached() }])],
    ["as pixels for the CPU", async () => library.upscaleOnCpu!(MODEL, { ...PIXELS, data: detached() })],
  ])("is called that %s", async (_, call) => {
    expect(await refusal(call)).toMatch(/transferred elsewhere$/);
  });
});

it.each([
  ["tile", { tile: { size: 64, overlapp: 2 } }, "tile has no option overlapp, did you mean overlap?"],
  ["load", { load: { sinal: undefined } }, "load has no option sinal, did you mean signal?"],
])("what is inside %s is looked at too", async (name, options, message) => {
  const call = () => (name === "tile" ? method("upscale")(PIXELS, options) : library.upscale!(DEVICE, PIXELS, options));
  expect(await refusal(call)).toBe(message);
});
