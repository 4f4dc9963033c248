// Mixes networks and writes the result as a .safetensors file. Owns that file; what is mixed how is the library's interpolateModels.

import { EsrganError, interpolateModels, loadModel, type Model } from "esrgan-webgpu";
import type { MixAnswer, MixRequest } from "./mix.js";

/** A tensor of a network's graph. */
interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  floats(): Float32Array;
}

addEventListener("message", async ({ data }: MessageEvent<MixRequest>) => {
  let answer: MixAnswer;
  try {
    const parts = await Promise.all(
      data.parts.map(async ({ weights, name, weight }) => ({ model: await loadModel(weights, { name }), weight })),
    );
    answer = { bytes: safetensorsOf(interpolateModels(parts)) };
  } catch (error) {
    answer = { error: EsrganError.from(error).toJSON() };
  }
  postMessage(answer, "bytes" in answer ? { transfer: [answer.bytes.buffer] } : {});
});

function safetensorsOf({ network }: Model): Uint8Array<ArrayBuffer> {
  const tensors = [...new Map(tensorsIn(network.graph.nodes).map((tensor) => [tensor.name, tensor])).values()];
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = end;
    end += 4 * shape.reduce((product, side) => product * side, 1);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  // Data begin at a multiple of 8.
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  tensors.forEach((tensor, at) => {
    const floats = tensor.floats();
    const begin = 8 + header.length + entries[at]![1].data_offsets[0]!;
    bytes.set(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), begin);
  });
  return bytes;
}

function tensorsIn(value: unknown): Tensor[] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  if ("floats" in value) return [value as Tensor];
  return Object.values(value).flatMap(tensorsIn);
}
