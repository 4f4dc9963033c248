import { describe, expect, it } from "vitest";
import { floatsToHalves, floatToHalf, halfToFloat, halvesToFloats } from "../../src/weights/half.js";
import { seededRandom } from "../cases/random.js";

describe("half precision", () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
    [0x7c01, Number.NaN],
  ])("0x%s is %d", (bits, value) => {
    expect(halfToFloat(bits)).toBe(value);
    expect(halvesToFloats(Uint16Array.of(bits))[0]).toBe(value);
  });

  it("comes back from float32 for every value", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const floats = halvesToFloats(all);
    const back = floatsToHalves(floats);
    for (let bits = 0; bits < 65536; bits++) {
      const same = Number.isNaN(floats[bits]) ? Number.isNaN(halfToFloat(back[bits]!)) : back[bits] === bits;
      if (!same) expect.fail(`half ${bits} came back as ${back[bits]}`);
    }
  });

  it.each([
    ["the tie above 1, to even", 1 + 2 ** -11, 0x3c00],
    ["the next tie, to even", 1 + 3 * 2 ** -11, 0x3c02],
    ["just above the tie", 1 + 2 ** -11 + 2 ** -20, 0x3c01],
    ["half of the smallest, to even", 2 ** -25, 0],
    ["just above half of the smallest", 2 ** -25 + 2 ** -40, 1],
    ["a tie of subnormals, to even", 3 * 2 ** -25, 2],
    ["the largest subnormal, up to a normal", 2 ** -14 - 2 ** -25, 0x0400],
    ["the largest that stays finite", 65519, 0x7bff],
    ["the smallest that becomes infinite", 65520, 0x7c00],
    ["the largest negative one that stays finite", -65519, 0xfbff],
    ["a float32 far too large", -3e38, 0xfc00],
    ["the smallest float32", 2 ** -149, 0],
    ["a negative one that vanishes", -(2 ** -30), 0x8000],
  ])("rounds %s", (_, value, bits) => {
    expect(floatToHalf(value)).toBe(bits);
  });

  it("rounds to the nearest of its neighbours", () => {
    const random = seededRandom(3);
    for (let i = 0; i < 20_000; i++) {
      const exponent = (random() % 34) - 20;
      const value = Math.fround((random() / 2 ** 32 + 1) * 2 ** Math.min(exponent, 14)) * (random() % 2 ? 1 : -1);
      const bits = floatToHalf(value);
      const error = Math.abs(halfToFloat(bits) - value);
      for (const neighbour of [bits - 1, bits + 1]) {
        if ((neighbour & 0x7fff) >= 0x7c00 || neighbour < 0) continue;
        if (Math.abs(halfToFloat(neighbour) - value) < error) expect.fail(`${value} became ${halfToFloat(bits)}`);
      }
    }
  });
});
