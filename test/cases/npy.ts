// Owns reading the tensors that NumPy wrote: version 1 of the .npy format, little-endian float32 in C order.

import { type Tensor, tensor } from "../../src/ops/tensor.js";

const HEADER_AT = 10;

/** A tensor `[C,H,W]`. */
export function parseNpy(bytes: Uint8Array): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataAt = HEADER_AT + view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(HEADER_AT, dataAt));
  const [, channels, height, width] =
    /'<f4', 'fortran_order': False, 'shape': \((\d+), (\d+), (\d+)\)/.exec(header) ?? [];
  if (!width) throw new Error(`Not a float32 tensor in C order: ${header}`);
  const shape = { channels: Number(channels), height: Number(height), width: Number(width) };
  const data = new Float32Array(shape.channels * shape.height * shape.width);
  for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(dataAt + i * 4, true);
  return tensor(shape, data);
}
