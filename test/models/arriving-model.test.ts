// Models of files that come in parts: what is refused before the rest is read, what is known early, and that nothing is whole before it was
// found right. Counts are of chunks that were asked for.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ArrivingLoadOptions } from "../../src/models/arriving-model.js";
import { loadArriving } from "../../src/models/bundled.js";
import type { Model } from "../../src/models/model.js";
import type { Parameter } from "../../src/ops/op.js";
import { isNotArrived, whenArrived } from "../../src/weights/arriving.js";
import { floatsToHalves } from "../../src/weights/half.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import { compactWeights, edsrWeights, rrdbWeights } from "../cases/networks.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";

const WEIGHTS = rrdbWeights({ blocks: 2 });
const FILE = serializeSafetensors(WEIGHTS);
const HEAD_BYTES = 8 + new DataView(FILE.buffer, FILE.byteOffset).getUint32(0, true);
const CHUNK = 16_384;
const CHUNKS = Math.ceil(FILE.length / CHUNK);

afterEach(() => {
  vi.unstubAllGlobals();
});

/** An answer whose chunks come as they are asked for; from `hold` on they wait until `release` is called. */
function streamed(bytes: Uint8Array, { hold = Number.POSITIVE_INFINITY, headers = {}, size = CHUNK } = {}) {
  let [asked, release] = [0, () => {}];
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const cancel = vi.fn();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        if (asked >= hold) await held;
        const chunk = bytes.slice(asked * size, ++asked * size);
        if (chunk.length > 0) controller.enqueue(chunk);
        else controller.close();
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(body, { headers }), asked: () => asked, release, cancel };
}

function load(source: Response | Blob, options: Partial<ArrivingLoadOptions> = {}) {
  const early: Model[] = [];
  const model = loadArriving(source, { ...options, onArriving: (each) => early.push(each) });
  model.catch(() => {});
  return { model, early };
}

/** Weights and biases of a model's convolutions, in order. */
function parameters({ network }: Model): Parameter[] {
  return network.graph.nodes.flatMap(({ attributes }) => {
    const { weight, bias } = attributes as { weight?: Parameter; bias?: Parameter };
    return [weight, bias].filter((each) => each !== undefined);
  });
}

function hasCome(parameter: Parameter): boolean {
  try {
    parameter.floats();
    return true;
  } catch (error) {
    if (!isNotArrived(error)) throw error;
    return false;
  }
}

describe("a file that cannot be used", () => {
  const damagedHeader = FILE.slice();
  damagedHeader.set([0x7d], 9);
  const poisoned = new Map(WEIGHTS.tensors);
  const [first] = [...WEIGHTS.tensors.values()];
  poisoned.set(
    first!.name,
    new WeightTensor(
      first!.name,
      first!.shape,
      first!.floats().map(() => Number.NaN),
    ),
  );
  const unknown: TensorMap = {
    metadata: {},
    tensors: new Map([["w", new WeightTensor("w", [500_000], new Float32Array(500_000))]]),
  };
  const page = new TextEncoder().encode(`<!doctype html>${" ".repeat(1_000_000)}`);
  const tooLong = new Uint8Array(FILE.length + 10 * CHUNK);
  tooLong.set(FILE);
  const headChunks = Math.ceil(HEAD_BYTES / CHUNK);

  it.each([
    ["a damaged header", damagedHeader, headChunks, /The safetensors header has /],
    ["a network nobody knows", serializeSafetensors(unknown), 1, /The weights hold 1 tensors/],
    ["a page", page, 4, /is an HTML page/],
    ["NaN", serializeSafetensors({ ...WEIGHTS, tensors: poisoned }), headChunks + 1, /holds NaN at index 0/],
    ["bytes behind its end", tooLong, CHUNKS, /^The safetensors tensors end at byte/],
    [
      "a header of gigabytes",
      Uint8Array.from({ length: 1_000_000 }, (_, i) => [0, 0, 0, 128][i] ?? 0),
      4,
      /at most 100000000$/,
    ],
  ])("for %s is left there, and its body let go", async (_, bytes, most, message) => {
    const { response, asked, cancel } = streamed(bytes);
    const { model } = load(response);
    await expect(model).rejects.toThrow(message);
    expect(asked()).toBeGreaterThan(0);
    expect(asked()).toBeLessThanOrEqual(most);
    expect(asked() * CHUNK).toBeLessThan(bytes.length + CHUNK);
    expect(cancel).toHaveBeenCalledTimes(1);
  });
});

describe("a network", () => {
  it("is known from the header, and each tensor once it was read, the last once all was found right", async () => {
    const [size, hold] = [1000, Math.floor(FILE.length / 1000)];
    const { response, asked, release } = streamed(FILE, { hold, size });
    const { model, early } = load(response);
    await vi.waitFor(() => expect(asked()).toBe(hold));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(early).toHaveLength(1);
    const all = parameters(early[0]!);
    expect(all).toHaveLength(WEIGHTS.tensors.size);
    const missing = all.filter((each) => !hasCome(each));
    expect(missing.length).toBeGreaterThan(0);
    expect(missing.length).toBeLessThan(all.length / 10);
    const last = missing.at(-1)!;
    const values = whenArrived(() => last.floats());
    release();
    expect(await model).toBe(early[0]);
    expect(all.every(hasCome)).toBe(true);
    expect(await values).toEqual(WEIGHTS.tensors.get(last.name)!.floats());
    for (const each of all) expect(each.floats()).toEqual(WEIGHTS.tensors.get(each.name)!.floats());
  });

  it.each([
    ["PReLUs", compactWeights({ scale: 2, blocks: 2 })],
    ["a mean that is folded into its weights", edsrWeights()],
  ])("with %s is known from the header too", async (_, weights) => {
    const file = serializeSafetensors(weights);
    const { response, release } = streamed(file, { hold: 1, size: file.length - 1 });
    const { model, early } = load(response);
    await vi.waitFor(() => expect(early).toHaveLength(1));
    release();
    expect(await model).toBe(early[0]);
    expect(parameters(early[0]!).every(hasCome)).toBe(true);
  });

  it.each([
    ["compressed", () => new Response(new Response(gzipSync(FILE)).body!.pipeThrough(new DecompressionStream("gzip")))],
    ["a Blob", () => new Blob([FILE.slice()])],
    ["shorter than was said", () => streamed(FILE, { headers: { "x-file-size": String(FILE.length + 99) } }).response],
    ["longer than was said", () => streamed(FILE, { headers: { "x-file-size": "99" } }).response],
    ["cut into bytes", () => streamed(FILE.slice(), { size: 61 }).response],
  ])("of a body that is %s has the right values", async (_, source) => {
    const { model, early } = load(source());
    expect(await model).toBe(early[0]);
    expect(early[0]!.byteLength).toBe(FILE.length);
    for (const each of parameters(early[0]!)) expect(each.floats()).toEqual(WEIGHTS.tensors.get(each.name)!.floats());
  });

  it("of halves that lie at odd bytes has the right values", async () => {
    const tensors = new Map(
      [...compactWeights({ scale: 2, blocks: 1, features: 4 }).tensors].map(([name, each]) => {
        return [name, new WeightTensor(name, each.shape, floatsToHalves(each.floats()))] as const;
      }),
    );
    for (const note of ["", "1"]) {
      const { model, early } = load(
        streamed(serializeSafetensors({ metadata: { note }, tensors }), { size: 100 }).response,
      );
      await model;
      const all = parameters(early[0]!);
      expect(all.length).toBeGreaterThan(0);
      for (const each of all) expect(each.halves!()).toEqual(tensors.get(each.name)!.data);
    }
  });
});

describe("a body that is not accepted", () => {
  it("never gives its last tensor: not with another SHA-256", async () => {
    const { model, early } = load(streamed(FILE).response, { sha256: "0".repeat(64) });
    await expect(model).rejects.toThrow(/has the SHA-256/);
    const all = parameters(early[0]!);
    const outcomes = await Promise.allSettled(all.map((each) => whenArrived(() => each.floats())));
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ reason: { code: "bad-weights" } });
  });

  it("lets go whoever waits where it breaks off or is stopped", async () => {
    for (const [reason, end] of [
      ["enough", (stop: AbortController) => stop.abort("enough")],
      [expect.objectContaining({ code: "network" }), (_: AbortController, fail: () => void) => fail()],
    ] as const) {
      const stop = new AbortController();
      let fail = () => {};
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          controller.enqueue(FILE.slice(0, FILE.length / 2));
          fail = () => controller.error(new Error("reset"));
        },
      });
      const { model, early } = load(new Response(body), { signal: stop.signal });
      await vi.waitFor(() => expect(early).toHaveLength(1));
      const last = parameters(early[0]!).find((each) => !hasCome(each))!;
      const values = whenArrived(() => last.floats());
      end(stop, fail);
      await expect(model).rejects.toEqual(reason);
      await expect(values).rejects.toEqual(reason);
    }
  });

  it("is told again where what was kept is damaged", async () => {
    const damaged = FILE.slice();
    damaged.fill(0, FILE.length - 1000);
    const sha256 = createHash("sha256").update(FILE).digest("hex");
    const cache = { match: async () => new Response(damaged), put: async () => {}, delete: vi.fn(async () => true) };
    vi.stubGlobal("caches", { open: async () => cache });
    vi.stubGlobal("fetch", async () => new Response(FILE.slice()));
    const early: Model[] = [];
    const model = await loadArriving("https://host.test/x4.safetensors", {
      sha256,
      onArriving: (each) => early.push(each),
    });
    expect(cache.delete).toHaveBeenCalled();
    expect(early).toHaveLength(2);
    expect(model).toBe(early[1]);
    const ofFirst = await Promise.allSettled(parameters(early[0]!).map((each) => whenArrived(() => each.floats())));
    expect(ofFirst.some(({ status }) => status === "rejected")).toBe(true);
  });
});
