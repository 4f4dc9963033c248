// Reading weights: what is kept and for how long, progress, aborting, and why a request failed. Requests and Cache Storage are played.

import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadModel } from "../../src/models/bundled.js";
import { compactWeights } from "../cases/networks.js";
import { serializeSafetensors } from "./safetensors-file.js";

const GOOD = serializeSafetensors(compactWeights({ scale: 2 }));
const OTHER = serializeSafetensors(compactWeights({ scale: 3 }));
const SHA256 = createHash("sha256").update(GOOD).digest("hex");
const WRONG = "0".repeat(64);
const URL_OF = "https://host.test/x4.safetensors";

type Answer = () => Response | Promise<Response>;
let answer: Answer;
let requests: { url: string; init: RequestInit }[];
let kept: Map<string, Response>;

const ok =
  (body: Uint8Array | string, headers: Record<string, string> = {}): Answer =>
  () =>
    new Response(body as Uint8Array<ArrayBuffer> | string, { headers });
const offline: Answer = () => Promise.reject(new TypeError("Failed to fetch"));

beforeEach(() => {
  requests = [];
  kept = new Map();
  vi.stubGlobal("fetch", async (url: URL, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    requests.push({ url: String(url), init });
    return answer();
  });
  const cache = {
    match: async (key: string) => kept.get(key)?.clone(),
    put: async (key: string, response: Response) => void kept.set(key, response),
    delete: async (key: string) => kept.delete(key),
  };
  vi.stubGlobal("caches", { open: async () => cache });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the cache, by URL", () => {
  it("keeps what was parsed, and asks whether it still holds", async () => {
    answer = ok(GOOD, { etag: '"1"' });
    await loadModel(URL_OF);
    expect([...kept.keys()]).toEqual([URL_OF]);
    const body = vi.fn();
    answer = () =>
      new Response(new ReadableStream({ pull: body }, { highWaterMark: 0 }), { headers: { etag: 'W/"1"' } });
    expect(await loadModel(new URL(URL_OF))).toMatchObject({ network: { scale: 2 }, byteLength: GOOD.length });
    expect(body).not.toHaveBeenCalled();
    expect(requests.map(({ init }) => init.cache)).toEqual([undefined, "no-cache"]);
  });

  it.each([
    ["another tag", { etag: '"1"' }, { etag: '"2"' }],
    ["another date", { "last-modified": "Mon" }, { "last-modified": "Tue" }],
    ["no validators", {}, {}],
  ] as const)("takes the answer with %s instead, and keeps that", async (_, before, after) => {
    answer = ok(GOOD, before);
    await loadModel(URL_OF);
    answer = ok(OTHER, after);
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 3 } });
    answer = offline;
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 3 } });
  });

  it.each([
    ["out of reach", offline],
    ["in trouble", () => new Response("busy", { status: 503 })],
  ])("serves where the server is %s", async (_, trouble) => {
    answer = ok(GOOD);
    await loadModel(URL_OF);
    answer = trouble;
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
  });

  it.each([
    ["a page", ok("<!doctype html>"), undefined, /is an HTML page/],
    ["another SHA-256", ok(GOOD), WRONG, /has the SHA-256/],
    ["a network nobody knows", ok(serializeSafetensors({ tensors: new Map(), metadata: {} })), undefined, /no tensors/],
    ["an error", () => new Response(GOOD.slice(), { status: 404 }), undefined, /answers with status 404$/],
    ["a cut body", ok(GOOD.slice(0, 999)), undefined, /cannot be used: /],
  ] as const)("does not keep %s", async (_, wrong, sha256, message) => {
    answer = wrong;
    await expect(loadModel(URL_OF, { sha256 })).rejects.toThrow(message);
    await expect(loadModel(URL_OF, { sha256 })).rejects.toThrow(URL_OF);
    expect(kept.size).toBe(0);
    answer = ok(GOOD);
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
    expect(kept.size).toBe(1);
  });

  it("leaves what it has where the server answers with a page, and says so", async () => {
    answer = ok(GOOD);
    await loadModel(URL_OF);
    answer = ok("<!doctype html>");
    await expect(loadModel(URL_OF)).rejects.toThrow(/is an HTML page/);
    answer = offline;
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
  });

  it("evicts what no longer parses, and fetches it again", async () => {
    kept.set(URL_OF, new Response("<!doctype html>", { headers: { etag: '"1"' } }));
    answer = ok(GOOD, { etag: '"1"' });
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
    expect((await kept.get(URL_OF)!.clone().arrayBuffer()).byteLength).toBe(GOOD.length);
    kept.set(URL_OF, new Response("<!doctype html>", { headers: { etag: '"1"' } }));
    answer = offline;
    await expect(loadModel(URL_OF)).rejects.toMatchObject({ code: "network" });
    expect(kept.size).toBe(0);
  });

  it("is not used where it is not wanted, not there, or throws", async () => {
    answer = ok(GOOD);
    await loadModel(URL_OF, { cache: false });
    await loadModel(`data:application/octet-stream;base64,${Buffer.from(GOOD).toString("base64")}`);
    expect(kept.size).toBe(0);
    const broken = async () => Promise.reject(new DOMException("denied", "SecurityError"));
    for (const storage of [
      undefined,
      { open: broken },
      { open: async () => ({ match: broken, put: broken, delete: broken }) },
    ]) {
      vi.stubGlobal("caches", storage);
      expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
    }
  });
});

describe("keeping", () => {
  /** The cache with writes that end when they are told to, in order. */
  function slowCache() {
    const writes: { readonly what: string; readonly end: (error?: Error) => void }[] = [];
    const written = (what: string, work: () => void) =>
      new Promise<void>((resolve, reject) => {
        const end = (error?: Error) => {
          if (error) return reject(error);
          work();
          resolve();
        };
        writes.push({ what, end });
      });
    const cache = {
      match: async (key: string) => kept.get(key)?.clone(),
      put: (key: string, response: Response) => written("put", () => kept.set(key, response)),
      delete: (key: string) => written("delete", () => kept.delete(key)),
    };
    vi.stubGlobal("caches", { open: async () => cache });
    return writes;
  }

  it("is not waited for, and another load in the meantime takes what is being kept", async () => {
    const writes = slowCache();
    answer = ok(GOOD, { etag: '"1"' });
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
    expect(await loadModel(URL_OF, { sha256: SHA256 })).toMatchObject({ network: { scale: 2 } });
    expect(writes.map(({ what }) => what)).toEqual(["put", "put"]);
    expect(kept.size).toBe(0);
    // Neither of them is ended: the server is asked for the tag alone, and by the SHA-256 nobody is asked.
    const body = vi.fn();
    answer = () => new Response(new ReadableStream({ pull: body }, { highWaterMark: 0 }), { headers: { etag: '"1"' } });
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 }, byteLength: GOOD.length });
    expect(await loadModel(URL_OF, { sha256: SHA256 })).toMatchObject({ network: { scale: 2 } });
    expect(body).not.toHaveBeenCalled();
    expect(requests.map(({ init }) => init.cache)).toEqual([undefined, undefined, "no-cache"]);
    expect(writes).toHaveLength(2);
    for (const { end } of writes) end();
    await vi.waitFor(() => expect(kept.size).toBe(2));
  });

  it("is done in order: what comes later is written later, and is what the next load finds", async () => {
    const writes = slowCache();
    answer = ok(GOOD, { etag: '"1"' });
    await loadModel(URL_OF);
    answer = ok(OTHER, { etag: '"2"' });
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 3 } });
    answer = offline;
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 3 } });
    expect(writes).toHaveLength(1);
    writes[0]!.end();
    await vi.waitFor(() => expect(writes).toHaveLength(2));
    writes[1]!.end();
    await vi.waitFor(async () => expect((await kept.get(URL_OF)!.clone().arrayBuffer()).byteLength).toBe(OTHER.length));
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 3 } });
  });

  it("comes after an eviction that still runs, which hides what is evicted", async () => {
    const writes = slowCache();
    kept.set(URL_OF, new Response("<!doctype html>"));
    answer = offline;
    await expect(loadModel(URL_OF)).rejects.toMatchObject({ code: "network" });
    await expect(loadModel(URL_OF)).rejects.toMatchObject({ code: "network" });
    answer = ok(GOOD);
    expect(await loadModel(URL_OF)).toMatchObject({ network: { scale: 2 } });
    expect(writes.map(({ what }) => what)).toEqual(["delete"]);
    writes[0]!.end();
    await vi.waitFor(() => expect(writes.map(({ what }) => what)).toEqual(["delete", "put"]));
    writes[1]!.end();
    await vi.waitFor(() => expect(kept.size).toBe(1));
  });

  it("fails without a word, and the next load asks anew", async () => {
    const writes = slowCache();
    answer = ok(GOOD);
    await loadModel(URL_OF, { sha256: SHA256 });
    writes[0]!.end(new DOMException("full", "QuotaExceededError"));
    await new Promise((resolve) => setTimeout(resolve));
    expect(await loadModel(URL_OF, { sha256: SHA256 })).toMatchObject({ network: { scale: 2 } });
    expect(requests).toHaveLength(2);
    for (const { end } of writes.slice(1)) end();
  });
});

describe("the cache, by SHA-256", () => {
  it("asks nobody again, whatever the address", async () => {
    vi.stubGlobal("origin", "https://page.test");
    answer = ok(GOOD);
    await loadModel(URL_OF, { sha256: SHA256.toUpperCase() });
    expect([...kept.keys()]).toEqual([`https://page.test/.esrgan-webgpu/sha256/${SHA256}`]);
    answer = offline;
    const seen: unknown[] = [];
    const model = await loadModel("https://mirror.test/y.safetensors?key=1", {
      sha256: SHA256,
      onProgress: (progress) => seen.push(progress),
    });
    expect(model).toMatchObject({ name: "y", network: { scale: 2 } });
    expect(requests).toHaveLength(1);
    expect(seen.at(-1)).toEqual({ loaded: GOOD.length, total: GOOD.length });
  });

  it("checks what is kept, and evicts what differs", async () => {
    answer = ok(GOOD);
    await loadModel(URL_OF, { sha256: SHA256 });
    const [key] = kept.keys();
    kept.set(key!, new Response(OTHER.slice()));
    expect(await loadModel(URL_OF, { sha256: SHA256 })).toMatchObject({ network: { scale: 2 } });
    expect(requests).toHaveLength(2);
  });

  it.each(["", "abc", "g".repeat(64), 5])("refuses %j for one", async (sha256) => {
    await expect(loadModel(GOOD, { sha256: sha256 as string })).rejects.toMatchObject({
      code: "bad-input",
      message: `sha256 must be 64 hexadecimal digits, got ${JSON.stringify(sha256)}`,
    });
  });

  it("says where none can be computed", async () => {
    vi.stubGlobal("crypto", {});
    await expect(loadModel(GOOD, { sha256: SHA256 })).rejects.toMatchObject({
      code: "unsupported-device",
      message: expect.stringMatching(/HTTPS/),
    });
  });
});

describe("progress", () => {
  const totals = async (headers: Record<string, string>, type = "default") => {
    const seen: { loaded: number; total: number | undefined }[] = [];
    const response = new Response(GOOD.slice(), { headers });
    Object.defineProperty(response, "type", { value: type });
    answer = () => response;
    await loadModel(URL_OF, { cache: false, onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)?.loaded).toBe(GOOD.length);
    return seen.at(-1)?.total;
  };

  it("knows the total where the server says it, under gzip too", async () => {
    const length = String(GOOD.length);
    expect(await totals({ "content-length": length })).toBe(GOOD.length);
    expect(await totals({ "content-length": "99", "content-encoding": "gzip" })).toBeUndefined();
    const compressed = { "content-length": "99", "content-encoding": "gzip" };
    for (const name of ["x-uncompressed-content-length", "x-decompressed-content-length", "x-file-size"]) {
      expect(await totals({ ...compressed, [name]: length }), name).toBe(GOOD.length);
    }
    expect(await totals({ "x-file-size": "99" })).toBeUndefined();
  });

  it("of another origin, which does not show whether it is compressed, is none beyond the length", async () => {
    expect(await totals({ "content-length": "99" }, "cors")).toBeUndefined();
    expect(await totals({ "content-length": String(GOOD.length) }, "cors")).toBe(GOOD.length);
  });

  it.each([
    ["bytes", () => GOOD],
    ["a Blob", () => new Blob([GOOD.slice()])],
    ["a Response", () => new Response(GOOD.slice(), { headers: { "content-length": String(GOOD.length) } })],
    ["a loader that gives bytes", () => async () => GOOD],
    ["a loader that gives a Blob", () => () => new Blob([GOOD.slice()])],
  ])("and the total of %s", async (_, source) => {
    const seen: unknown[] = [];
    await loadModel(source(), { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ loaded: GOOD.length, total: GOOD.length });
  });
});

describe("what onProgress throws", () => {
  it.each([
    ["a URL", () => URL_OF],
    ["bytes", () => GOOD],
    ["a Blob", () => new Blob([GOOD.slice()])],
    ["a name", () => "anime-6b"],
  ])("is thrown as it is, of %s, and lets the body go", async (_, source) => {
    const cancel = vi.fn();
    const start = (controller: ReadableStreamDefaultController) => controller.enqueue(GOOD.slice(0, 10));
    answer = () => new Response(new ReadableStream({ start, cancel }));
    const error = new Error("my own");
    const onProgress = () => {
      throw error;
    };
    await expect(loadModel(source(), { onProgress })).rejects.toBe(error);
    expect(cancel).toHaveBeenCalledTimes(requests.length);
  });
});

describe("a request that fails", () => {
  it("says that it is CORS where the server is there", async () => {
    vi.stubGlobal("origin", "https://page.test");
    let count = 0;
    answer = () => (++count === 1 ? offline() : new Response(null));
    await expect(loadModel(URL_OF)).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(
        /^The model at https:\/\/host.test\/x4.safetensors cannot be fetched: .* pages of https:\/\/page.test read it \(CORS\): /,
      ),
      cause: expect.any(TypeError),
    });
    expect(requests[1]?.init).toMatchObject({ method: "HEAD", mode: "no-cors" });
  });

  it.each([
    ["nobody answers", "https://page.test"],
    ["the file is the page's own", "https://host.test"],
    ["there is no page", undefined],
  ])("does not where %s", async (_, origin) => {
    vi.stubGlobal("origin", origin);
    answer = offline;
    await expect(loadModel(URL_OF)).rejects.toThrow(/cannot be fetched: it is out of reach \(Failed to fetch\)$/);
  });

  it.each([
    ["opaque", { type: "opaque", ok: false, status: 0 }, "network", /^The Response is opaque: .*"no-cors"/],
    ["read", { bodyUsed: true }, "bad-input", /^The Response was read before, /],
  ])("as a Response that is %s is refused", async (_, properties, code, message) => {
    const response = new Response(GOOD.slice());
    for (const [name, value] of Object.entries(properties)) Object.defineProperty(response, name, { value });
    await expect(loadModel(response)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("with a status leaves no body open", async () => {
    const cancel = vi.fn();
    answer = () => new Response(new ReadableStream({ cancel }), { status: 403 });
    await expect(loadModel(URL_OF)).rejects.toThrow(
      `The model at ${URL_OF} cannot be fetched: the server answers with`,
    );
    expect(cancel).toHaveBeenCalled();
  });

  it("by never ending is left at a bound", async () => {
    const checkpoint = Uint8Array.from({ length: 16 }, (_, i) => [0x50, 0x4b, 3, 4][i] ?? 0);
    const huge = Object.defineProperty(checkpoint, "byteLength", { value: 2 ** 30 + 1 });
    const cancel = vi.fn(async () => {});
    const reader = { read: async () => ({ done: false, value: huge }), cancel };
    const response = new Response(GOOD.slice());
    Object.defineProperty(response, "body", { value: { locked: false, getReader: () => reader } });
    answer = () => response;
    await expect(loadModel(URL_OF)).rejects.toThrow(/^The model at .* has more than 2147483648 bytes$/);
    expect(cancel).toHaveBeenCalled();
  });

  it("half way says how far it came", async () => {
    let count = 0;
    const pull = (controller: ReadableStreamDefaultController) =>
      ++count === 1 ? controller.enqueue(GOOD.slice(0, 10)) : controller.error(new TypeError("network error"));
    answer = () => new Response(new ReadableStream({ pull }));
    await expect(loadModel(URL_OF)).rejects.toThrow(/ broke off after 10 bytes: network error$/);
    answer = ok(GOOD, { "content-length": String(GOOD.length + 1) });
    await expect(loadModel(URL_OF)).rejects.toThrow(` ended after ${GOOD.length} of ${GOOD.length + 1} bytes`);
  });
});

describe("aborting", () => {
  it("stops a body that never comes, and lets it go", async () => {
    const stop = new AbortController();
    const cancel = vi.fn();
    answer = () => new Response(new ReadableStream({ cancel }));
    const loading = loadModel(URL_OF, { signal: stop.signal });
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(loading).rejects.toBe(reason);
    expect(cancel).toHaveBeenCalled();
    expect(kept.size).toBe(0);
  });

  it.each([
    ["a name", "general-x4v3"],
    ["a model", { name: "x", network: {} }],
    ["a loader", () => GOOD],
    ["bytes", GOOD],
    ["a URL", URL_OF],
  ])("before the call holds for %s", async (_, source) => {
    const reason = new Error("enough");
    await expect(loadModel(source as string, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toEqual([]);
  });

  it("does not wait for a loader that does not listen", async () => {
    const stop = new AbortController();
    const loading = loadModel(() => new Promise(() => {}), { signal: stop.signal });
    stop.abort();
    await expect(loading).rejects.toBe(stop.signal.reason);
  });
});
