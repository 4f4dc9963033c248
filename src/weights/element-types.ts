// Owns the types that weight files store numbers in, and the arrays that are made of them.

export type WeightDtype = "F32" | "F16" | "BF16" | "F64";

export const WEIGHT_BYTES: Readonly<Record<WeightDtype, number>> = { F16: 2, BF16: 2, F32: 4, F64: 8 };

export function isWeightDtype(dtype: string): dtype is WeightDtype {
  return Object.hasOwn(WEIGHT_BYTES, dtype);
}

/** The little-endian items of `bytes`: halves stay bits, all else becomes float32. A view of `bytes` where it is aligned and nothing changes. */
export function decodeWeights(dtype: WeightDtype, bytes: Uint8Array): Float32Array | Uint16Array {
  const size = WEIGHT_BYTES[dtype];
  const count = bytes.length / size;
  // A typed array starts at a multiple of its element's size, which other writers' files need not do.
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  switch (dtype) {
    case "F16":
      return new Uint16Array(buffer, byteOffset, count);
    case "BF16":
      return widenBrainFloats(new Uint16Array(buffer, byteOffset, count));
    case "F64":
      return new Float32Array(new Float64Array(buffer, byteOffset, count));
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
  }
}

/** Memory for what decodeWeights gives, where `bytes` are still to come: a view of them, or filled by `decode`. */
export function weightValues(
  dtype: WeightDtype,
  bytes: Uint8Array,
): { readonly data: Float32Array | Uint16Array; readonly decode: (() => void) | undefined } {
  const size = WEIGHT_BYTES[dtype];
  const isKept = dtype === "F16" || dtype === "F32";
  if (isKept && bytes.byteOffset % size === 0) return { data: decodeWeights(dtype, bytes), decode: undefined };
  const data = dtype === "F16" ? new Uint16Array(bytes.length / size) : new Float32Array(bytes.length / size);
  return { data, decode: () => data.set(decodeWeights(dtype, bytes)) };
}

/** A brain float is the upper half of a float32. */
function widenBrainFloats(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}
