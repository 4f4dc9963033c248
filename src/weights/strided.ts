// Owns copying a strided view of items to row-major order.

/**
 * The items of the view `shape` with `strides` and `offset`, which count items and stay within `bytes`, in row-major order: a part of
 * `bytes` where they lie so already, else a copy.
 */
export function gatherView(
  bytes: Uint8Array,
  itemBytes: 2 | 4 | 8,
  view: { readonly offset: number; readonly shape: readonly number[]; readonly strides: readonly number[] },
): Uint8Array {
  const { offset, shape, strides } = view;
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count === 0) return bytes.subarray(0, 0);
  if (isRowMajor(shape, strides)) return bytes.subarray(offset * itemBytes, (offset + count) * itemBytes);
  const source = itemsOf(bytes, itemBytes);
  const target = itemsOf(new Uint8Array(count * itemBytes), itemBytes);
  const innerExtent = shape.at(-1)!;
  const innerStride = strides.at(-1)!;
  const index = shape.map(() => 0);
  for (let at = 0, from = offset; at < count; ) {
    for (let i = 0; i < innerExtent; i++) target[at++] = source[from + i * innerStride]!;
    // The next row: the outer dimensions count on like digits.
    for (let d = shape.length - 2; d >= 0; d--) {
      from += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      from -= shape[d]! * strides[d]!;
      index[d] = 0;
    }
  }
  return new Uint8Array(target.buffer);
}

/** Whether the items lie in order without gaps; where there is one of an extent its stride says nothing. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== step) return false;
    step *= shape[d]!;
  }
  return true;
}

/** Words that are moved and not looked at. */
function itemsOf(bytes: Uint8Array, itemBytes: 2 | 4 | 8): Uint16Array | Uint32Array | Float64Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % itemBytes === 0 ? bytes : new Uint8Array(bytes);
  const count = Math.floor(length / itemBytes);
  if (itemBytes === 2) return new Uint16Array(buffer, byteOffset, count);
  return itemBytes === 4 ? new Uint32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count);
}
