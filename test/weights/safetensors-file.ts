// Owns writing .safetensors files for tests, well-formed or with any header one likes.

import type { TensorMap } from "../../src/weights/tensor-map.js";

/** A file of this header, taken as it is, and data. */
export function safetensorsFile(header: string | Uint8Array, data: Uint8Array | number = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const body = typeof data === "number" ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + text.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}

/** The tensors in their order, each as it is stored. */
export function serializeSafetensors({ tensors, metadata }: TensorMap): Uint8Array {
  const parts: Uint8Array[] = [];
  let end = 0;
  const fields = [...tensors].map(([name, { shape, data, dtype }]) => {
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const begin = end;
    end += data.byteLength;
    const entry = { dtype: dtype.toUpperCase(), shape, data_offsets: [begin, end] };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  const body = new Uint8Array(end);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return safetensorsFile(`{${fields.join(",")}}`, body);
}
