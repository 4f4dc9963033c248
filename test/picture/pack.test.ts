import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { unpackRgba } from "../../src/picture/pack.js";
import { packWindow } from "../../src/picture/window.js";

const CASES: readonly [channels: Pixels["channels"], values: number[], rgba: number[]][] = [
  [1, [10, 20], [10, 10, 10, 0, 20, 20, 20, 0]],
  [2, [10, 11, 20, 21], [10, 10, 10, 0, 20, 20, 20, 0]],
  [3, [10, 11, 12, 20, 21, 22], [10, 11, 12, 0, 20, 21, 22, 0]],
  [4, [10, 11, 12, 13, 20, 21, 22, 23], [10, 11, 12, 0, 20, 21, 22, 0]],
];

const COLUMNS = Int32Array.of(0, 1);
const ROWS = Int32Array.of(0);

const array = (bits: 8 | 16, values: readonly number[]) =>
  bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);

describe.each([8, 16] as const)("%i bits", (bits) => {
  it.each(CASES)("of %i channels become RGBA", (channels, values, rgba) => {
    const packed = packWindow({ data: array(bits, values), width: 2, height: 1, channels, bits }, COLUMNS, ROWS);
    expect([...(packed as Uint8Array)]).toEqual(rgba);
    expect(packed.byteLength).toBe(8 * (bits / 8));
  });

  it.each(CASES)("become %i channels again, with alpha or opaque", (channels, values) => {
    const max = 2 ** bits - 1;
    const shape = { width: 2, height: 1, channels, bits };
    const bytes = array(bits, [10, channels < 3 ? 10 : 11, channels < 3 ? 10 : 12, max, 20, 21, 22, max]);
    const opaque = unpackRgba(bytes.slice(0), shape, undefined);
    const withAlpha = unpackRgba(bytes.slice(0), shape, array(bits, [13, 23]));
    const alphaAt = channels === 2 ? [1, 3] : channels === 4 ? [3, 7] : [];
    const wanted = values.map((value, i) => (alphaAt.includes(i) ? max : value));
    expect(opaque).toEqual({ ...shape, data: array(bits, wanted) });
    alphaAt.forEach((at, index) => {
      wanted[at] = [13, 23][index]!;
    });
    expect(withAlpha).toEqual({ ...shape, data: array(bits, wanted) });
  });
});
