// Finding adapters: the trial of drivers with a stand-in for Dawn, whose drivers crash and hang, and the real thing.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EsrganError } from "../../src/index.js";
import { isNamed, listAdapters, type OpenDeviceOptions, openDevice } from "../../src/node/adapters.js";
import { probeDrivers } from "../../src/node/probe-drivers.js";
import { systemDrivers } from "../../src/node/vulkan.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-adapters-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Like the package webgpu as far as the trial uses it; a driver's file name says how it behaves. */
const standIn = `
const driver = () => process.env.VK_DRIVER_FILES ?? "own";
const info = { vendor: "v", architecture: "a", description: "d", isFallbackAdapter: false };
const nothing = new Proxy(function () {}, { get: (_, key) => (key === "then" ? undefined : nothing), apply: () => nothing });
const device = new Proxy({}, {
  get: (_, key) => (key === "then" ? undefined : key === "createBuffer" ? () => buffer : nothing),
});
const buffer = {
  mapAsync: async () => {},
  getMappedRange: () => new Uint32Array([driver() === "wrong" ? 41 : 42]).buffer,
};
export const globals = { GPUBufferUsage: {}, GPUMapMode: {} };
export function create(options) {
  const name = options.find((option) => option.startsWith("adapter=")).slice(8);
  return {
    async requestAdapter() {
      if (driver() === "crash") process.abort();
      if (driver() === "hang") for (;;);
      if (driver() === "none") throw new Error("no suitable backends found");
      const names = driver() === "two" ? ["One (1)", "Two 'quoted'"] : [driver()];
      if (!names.includes(name)) {
        const lines = names.map((each) => " * backend: 'vulkan', name: '" + each + "'");
        throw new Error(["no suitable backends found", "Available adapters:", ...lines].join("\\n"));
      }
      if (driver() === "no-device") return { info, features: new Set(), requestDevice: async () => { throw new Error("x"); } };
      return { info, features: new Set(["shader-f16"]), requestDevice: async () => device };
    },
  };
}
`;

describe("trying drivers", () => {
  test("survives drivers that crash, hang, fail or compute wrongly", async () => {
    const module = join(folder, "webgpu.mjs");
    writeFileSync(module, standIn);
    const drivers = ["good", "crash", "two", "hang", "none", "wrong", "no-device", "last"];
    const found = await probeDrivers(pathToFileURL(module).href, undefined, drivers, 2000);
    expect(found.map((list) => list.map((adapter) => adapter.name))).toEqual([
      ["good"],
      [],
      ["One (1)", "Two 'quoted'"],
      [],
      [],
      [],
      [],
      ["last"],
    ]);
    expect(found[0]![0]).toMatchObject({ vendor: "v", software: false, features: ["shader-f16"] });
  });

  test("asks the platform itself where there are no driver files", async () => {
    const module = join(folder, "webgpu.mjs");
    writeFileSync(module, standIn);
    const found = await probeDrivers(pathToFileURL(module).href, undefined, [null], 2000);
    expect(found).toMatchObject([[{ name: "own" }]]);
  });

  test("ends where the package cannot be loaded", async () => {
    expect(await probeDrivers("file:///nowhere.mjs", undefined, ["a", "b"], 2000)).toEqual([[], []]);
  });
});

describe("driver files", () => {
  test("come from the user's choice first, else from the folders that Vulkan looks in", () => {
    const share = join(folder, "share");
    mkdirSync(join(share, "vulkan/icd.d"), { recursive: true });
    for (const name of ["b.json", "a.json", "readme.txt"]) writeFileSync(join(share, "vulkan/icd.d", name), "{}");
    const env = { HOME: "/nowhere", XDG_DATA_DIRS: `/nowhere:${share}:${share}` };
    const own = systemDrivers(env).filter((file) => file.startsWith(folder));
    expect(own).toEqual([join(share, "vulkan/icd.d/a.json"), join(share, "vulkan/icd.d/b.json")]);
    expect(systemDrivers({ ...env, VK_ICD_FILENAMES: "/x.json:/y.json" })).toEqual(["/x.json", "/y.json"]);
    expect(systemDrivers({ VK_ICD_FILENAMES: "/x.json", VK_DRIVER_FILES: "/z.json" })).toEqual(["/z.json"]);
  });
});

describe.runIf(process.platform === "linux" && process.arch === "x64")("this machine", () => {
  test("has SwiftShader at least, and real GPUs come first", async () => {
    const all = await listAdapters();
    const swiftShader = all.find((info) => isNamed(info, "SWIFTshader"));
    expect(swiftShader).toMatchObject({ vendor: "google", software: true });
    const softwareFlags = all.map((info) => info.software);
    expect(softwareFlags).toEqual([...softwareFlags].sort());
  });

  test("keeps no core busy with looking whether a software adapter is done", async () => {
    const original = globalThis.setImmediate;
    const seen: unknown[] = [];
    const spy = ((callback: () => void, ...args: []) => {
      seen.push(callback);
      return original(callback, ...args);
    }) as typeof setImmediate;
    globalThis.setImmediate = spy;
    try {
      const { device, destroy } = await openDevice({ adapter: "swiftshader" });
      expect(seen.length).toBeGreaterThan(0); // until it is known to be a software adapter
      seen.length = 0;
      const buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ });
      await buffer.mapAsync(GPUMapMode.READ);
      expect(seen).toEqual([]);
      const own = () => {};
      setImmediate(own);
      await new Promise((resolve) => setImmediate(resolve));
      expect(seen).toHaveLength(2);
      expect(seen[0]).toBe(own);
      destroy();
      expect(globalThis.setImmediate).toBe(spy);
    } finally {
      globalThis.setImmediate = original;
    }
  });

  test("lets go of a device that its user destroys without a word", async () => {
    const original = globalThis.setImmediate;
    const { device } = await openDevice({ adapter: "swiftshader" });
    expect(globalThis.setImmediate).not.toBe(original);
    device.destroy();
    await device.lost;
    await vi.waitFor(() => expect(globalThis.setImmediate).toBe(original));
  });

  test("gives Dawn no more kernels at once than there are cores, so that neither an exit nor destroy() waits for all", async () => {
    (await openDevice({ adapter: "swiftshader" })).destroy(); // then there is the prototype
    const { prototype } = (globalThis as unknown as { GPUDevice: { prototype: GPUDevice } }).GPUDevice;
    const { createComputePipelineAsync } = prototype;
    let running = 0;
    let most = 0;
    prototype.createComputePipelineAsync = function (descriptor) {
      most = Math.max(most, ++running);
      return createComputePipelineAsync.call(this, descriptor).finally(() => running--);
    };
    try {
      const { device, destroy } = await openDevice({ adapter: "swiftshader" });
      const compile = (code: string) =>
        device.createComputePipelineAsync({ layout: "auto", compute: { module: device.createShaderModule({ code }) } });
      const codes = Array.from({ length: 2 * availableParallelism() + 1 }, (_, i) => {
        return `@compute @workgroup_size(${i + 1}) fn main() {}`;
      });
      device.pushErrorScope("validation");
      const refused = compile("not WGSL").catch((error: Error) => error.name);
      const pipelines = await Promise.all(codes.map(compile));
      expect(new Set(pipelines).size).toBe(codes.length);
      expect(await refused).toBe("GPUPipelineError");
      expect(most).toBe(availableParallelism());
      expect(running).toBe(0);
      destroy();
    } finally {
      prototype.createComputePipelineAsync = createComputePipelineAsync;
    }
  });

  test("opens two devices at once and says which names there are", async () => {
    const environment = { ...process.env };
    const opened = await Promise.all([openDevice({ adapter: "swiftshader" }), openDevice({ adapter: "SwiftShader" })]);
    expect(process.env).toEqual(environment);
    for (const each of opened) {
      expect(each.name).toMatch(/SwiftShader/);
      expect(each.device.limits.maxBufferSize).toBe(each.adapter.limits.maxBufferSize);
      each.destroy();
    }
    expect(GPUBufferUsage.STORAGE).toBe(0x80);
    await expect(openDevice({ adapter: "no such thing" })).rejects.toThrow(
      /^No WebGPU adapter named "no such thing" was found, only .*SwiftShader.*$/,
    );
    const features = ["chromium-experimental-subgroup-matrix" as GPUFeatureName];
    await expect(openDevice({ adapter: "swiftshader", features })).rejects.toThrow(
      /^The adapter .*SwiftShader.* does not offer chromium-experimental-subgroup-matrix$/,
    );
  });

  test.each([
    [null, "bad-input", /^The options of openDevice must be an object, got null$/],
    [{ adapter: 5 }, "bad-input", /^adapter must be a string, got number$/],
    [{ features: "shader-f16" }, "bad-input", /^features must be an array of strings, got string$/],
    [{ dawnOptions: [5] }, "bad-input", /^dawnOptions must be an array of strings, got object$/],
    [
      { adapter: "swiftshader", dawnOptions: ["backend=none"] },
      "unsupported-device",
      /^The adapter SwiftShader .* cannot be opened: unrecognised backend 'none'$/,
    ],
  ])("says in a sentence what is wrong with %o", async (options, code, message) => {
    const error = await openDevice(options as OpenDeviceOptions).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EsrganError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
