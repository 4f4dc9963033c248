// Bodies are gathered in memory of their own length once, as far as anybody says how long they are.

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readModel } from "../../src/models/model.js";
import { readBody } from "../../src/weights/fetch-weights.js";
import { parseSafetensors } from "../../src/weights/safetensors.js";
import { compactWeights } from "../cases/networks.js";
import { serializeSafetensors } from "./safetensors-file.js";

const FILE = serializeSafetensors(compactWeights({ scale: 4, blocks: 8, features: 32 }));
const GENERAL = Uint8Array.from(
  readFileSync(new URL("../../models/general-x4v3/general-x4v3.safetensors", import.meta.url)),
);
const CHUNK = 4096;
const MOST = 2 ** 31;

let allocated: number;
beforeEach(() => {
  allocated = 0;
  const counting = new Proxy(Uint8Array, {
    construct(target, args: unknown[]) {
      if (typeof args[0] === "number") allocated += args[0];
      else if (ArrayBuffer.isView(args[0])) allocated += args[0].byteLength;
      return Reflect.construct(target, args);
    },
  });
  vi.stubGlobal("Uint8Array", counting);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** An answer whose body comes in chunks that are made beforehand. */
function answer(bytes: Uint8Array, headers: Record<string, string> = {}, size = CHUNK): Response {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = chunks.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
  });
  allocated = 0;
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>, { headers });
}

const read = (response: Response) => readBody(response, "The model", { mostBytes: MOST, look: async () => {} });

/** Vitest compares item by item, which takes seconds here. */
const isSame = (a: Uint16Array, b: Uint16Array) =>
  Buffer.compare(new Uint8Array(a.slice().buffer), new Uint8Array(b.slice().buffer)) === 0;

describe("a body", () => {
  it("is allocated once where its length is said", async () => {
    const bytes = await read(answer(FILE, { "content-length": String(FILE.length) }));
    expect(Buffer.compare(bytes, FILE)).toBe(0);
    expect(allocated).toBe(FILE.length);
  });

  it("of .safetensors is allocated once by its header, however it is cut", async () => {
    const { tensors } = parseSafetensors(GENERAL);
    for (const size of [2 ** 16, 1000, 7777]) {
      const { network, byteLength } = await readModel(answer(GENERAL, {}, size));
      // The file, and its first chunks once more while its header is gathered.
      expect(allocated).toBeGreaterThanOrEqual(GENERAL.length);
      expect(allocated).toBeLessThan(GENERAL.length + 2 ** 17);
      expect(byteLength).toBe(GENERAL.length);
      const weights = network.graph.nodes.flatMap(({ attributes }) =>
        "weight" in attributes ? [attributes.weight] : [],
      );
      expect(weights).toHaveLength(34);
      for (const weight of weights) expect(isSame(weight.halves!()!, tensors.get(weight.name)!.halves()!)).toBe(true);
    }
  });

  it("that is longer or shorter than was said comes as it is", async () => {
    for (const said of [10, FILE.length - 1, FILE.length + 5000]) {
      const bytes = await read(answer(FILE, { "x-file-size": String(said) }));
      expect(Buffer.compare(bytes, FILE)).toBe(0);
    }
    // Two gigabytes that never come are not allocated.
    await read(answer(FILE, { "x-file-size": String(2 ** 31) }));
    expect(allocated).toBeLessThan(2 * FILE.length);
  });

  it("of no .safetensors file is joined", async () => {
    const other = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7) % 251);
    expect(Buffer.compare(await read(answer(other)), other)).toBe(0);
    expect(Buffer.compare(await read(answer(other.slice(0, 5))), other.slice(0, 5))).toBe(0);
    expect((await read(answer(other.slice(0, 0)))).length).toBe(0);
    const lying = FILE.slice();
    lying.set([0x7d], 8); // a header that is no JSON
    expect(Buffer.compare(await read(answer(lying)), lying)).toBe(0);
  });

  it("becomes a model whose tensors are views of it", async () => {
    const model = await readModel(answer(GENERAL, { "content-length": String(GENERAL.length) }));
    expect(model.byteLength).toBe(GENERAL.length);
    expect(allocated).toBeLessThan(GENERAL.length + 2 ** 16);
  });
});
