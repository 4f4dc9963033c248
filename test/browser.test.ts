// Why there is no WebGPU, one sentence for each reason, in browsers that are played.

import { afterEach, describe, expect, it, vi } from "vitest";
import { openDevice } from "../src/browser.js";
import { isSupported } from "../src/gpu/find-adapter.js";

type Adapters = (options: GPURequestAdapterOptions) => unknown;

const GPU_INFO = { vendor: "acme", architecture: "one", description: "" };
const SOFTWARE_INFO = { vendor: "google", architecture: "swiftshader", description: "", isFallbackAdapter: true };

function adapter(info: object = GPU_INFO, requestDevice: (descriptor: GPUDeviceDescriptor) => unknown = () => ({})) {
  const limits = { maxBufferSize: 1, maxStorageBufferBindingSize: 2 };
  return { info, features: new Set(["shader-f16", "timestamp-query"]), limits, requestDevice };
}

/** A page with these adapters, and this renderer of WebGL. */
function browser(adapters: Adapters | undefined, { isSecure = true, renderer = "" } = {}) {
  vi.stubGlobal("navigator", adapters ? { gpu: { requestAdapter: async (options = {}) => adapters(options) } } : {});
  vi.stubGlobal("isSecureContext", isSecure);
  vi.stubGlobal("origin", "http://page.test");
  const gl = {
    getExtension: (name: string) => (name.startsWith("WEBGL_debug") ? { UNMASKED_RENDERER_WEBGL: 1 } : null),
    getParameter: (which: number) => (which === 1 ? renderer : "masked"),
  };
  const getContext = () => (renderer ? gl : null);
  vi.stubGlobal("OffscreenCanvas", function OffscreenCanvas() {
    return { getContext };
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

const none: Adapters = () => null;
const gpu: Adapters = () => adapter();
const broken: Adapters = () => {
  throw new Error("the GPU process is gone");
};

describe("isSupported and openDevice", () => {
  it.each([
    ["no WebGPU", undefined, {}, /^This browser has no WebGPU \(navigator.gpu is missing\): a current Chrome, /],
    ["no HTTPS", undefined, { isSecure: false }, /only in pages served over HTTPS .* comes from http:\/\/page.test$/],
    ["no adapter", none, {}, /^WebGPU is there but offers no adapter: this machine has no GPU, or /],
    ["no adapter but software", none, { renderer: "SwiftShader" }, /^WebGPU is there but offers no adapter: /],
    ["a GPU left out", none, { renderer: "ACME 3D" }, /^The browser does not offer its GPU \(ACME 3D\) .*blocklist/],
    ["a failure", broken, {}, /^WebGPU refused to give an adapter: Error: the GPU process is gone$/],
  ])("say where there is %s", async (_, adapters, options, reason) => {
    browser(adapters, options);
    expect(await isSupported()).toEqual({
      supported: false,
      software: false,
      reason: expect.stringMatching(reason),
    });
    await expect(openDevice()).rejects.toMatchObject({
      code: "unsupported-device",
      message: expect.stringMatching(reason),
    });
  });

  it("say where there is no browser", async () => {
    vi.stubGlobal("navigator", {});
    expect((await isSupported()).reason).toBe("This environment has no WebGPU (navigator.gpu is missing)");
  });

  it.each([
    ["the browser's own", (() => adapter(SOFTWARE_INFO)) as Adapters],
    ["asked for", (({ forceFallbackAdapter }) => (forceFallbackAdapter ? adapter(SOFTWARE_INFO) : null)) as Adapters],
    ["one that older browsers tell", (() => ({ ...adapter({}), isFallbackAdapter: true })) as Adapters],
  ])("tell a software adapter, %s", async (_, adapters) => {
    browser(adapters);
    expect(await isSupported()).toMatchObject({
      supported: true,
      software: true,
      reason: expect.stringContaining("software"),
    });
    await expect(openDevice()).rejects.toMatchObject({
      code: "unsupported-device",
      message: expect.stringMatching(/^The only WebGPU adapter is software .*allowSoftware/),
    });
    expect(await openDevice({ allowSoftware: true })).toMatchObject({ software: true });
  });
});

describe("openDevice", () => {
  it("asks for what the library uses and the caller wants, and destroys the device", async () => {
    const destroy = vi.fn();
    const requestDevice = vi.fn(() => ({ destroy }));
    const asked = vi.fn<Adapters>(() => adapter(GPU_INFO, requestDevice));
    browser(asked);
    const opened = await openDevice({ powerPreference: "low-power", features: ["timestamp-query"] });
    expect(asked).toHaveBeenCalledWith({ powerPreference: "low-power" });
    expect(requestDevice).toHaveBeenCalledWith({
      requiredFeatures: ["shader-f16", "timestamp-query"],
      requiredLimits: { maxBufferSize: 1, maxStorageBufferBindingSize: 2 },
    });
    expect(opened).toMatchObject({ name: "acme one", software: false });
    opened.destroy();
    expect(destroy).toHaveBeenCalled();
  });

  it("says which feature is missing, and why there is no device", async () => {
    browser(gpu);
    await expect(openDevice({ features: ["subgroups"] })).rejects.toMatchObject({
      code: "unsupported-device",
      message: "The adapter acme one does not offer subgroups",
    });
    const cause = new Error("too many");
    browser(() => adapter(GPU_INFO, () => Promise.reject(cause)));
    await expect(openDevice()).rejects.toMatchObject({
      message: "The adapter acme one gives no device: too many",
      cause,
    });
  });
});
