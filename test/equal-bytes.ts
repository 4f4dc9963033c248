// Arrays of numbers are equal where their bytes are: element by element a picture of a million takes toEqual ten seconds. What differs, or may be
// equal all the same, as 0 and -0, is left to it.

import { expect } from "vitest";

function haveSameBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return bytesOf(a).equals(bytesOf(b)) ? true : undefined;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

expect.addEqualityTesters([haveSameBytes]);
