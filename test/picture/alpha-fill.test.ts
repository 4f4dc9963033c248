import { afterEach, describe, expect, it, vi } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { filledUnderTransparency } from "../../src/picture/alpha-fill.js";
import { seededRandom } from "../cases/random.js";

afterEach(() => vi.restoreAllMocks());

/** A gray picture with alpha: a number is a visible pixel of that gray, null a transparent one of gray 200. */
function gray(rows: readonly (readonly (number | null)[])[], alpha = 255): Pixels {
  const data = Uint8Array.from(rows.flat().flatMap((value) => (value === null ? [200, 0] : [value, alpha])));
  return { data, width: rows[0]!.length, height: rows.length, channels: 2, bits: 8 };
}

const colours = ({ data, width, channels }: Pixels, channel = 0) => {
  const values = [...data].filter((_, i) => i % channels === channel);
  return Array.from({ length: values.length / width }, (_, y) => values.slice(y * width, (y + 1) * width));
};

function randomPicture(seed: number, shape: { width: number; height: number; channels: 2 | 4; bits: 8 | 16 }): Pixels {
  const { width, height, channels, bits } = shape;
  const random = seededRandom(seed);
  const data = bits === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const isAlpha = i % channels === channels - 1;
    data[i] = isAlpha ? (random() % 12 === 0 ? 1 + (random() % (2 ** bits - 1)) : 0) : random() % 2 ** bits;
  }
  data[channels - 1] = 1; // Never all transparent.
  data[data.length - 1] = 0; // Nor all visible.
  return { ...shape, data };
}

/** The same colours by their definition: the picture is gone through once for each ring. */
function filledSlowly({ data, width, channels, bits }: Pixels): number[] {
  const out = [...data];
  const alphas = out.filter((_, i) => i % channels === channels - 1);
  const most = Math.max(...alphas);
  const leastWeight = bits === 8 ? 32 : 32 * 257;
  let rings: number[] = alphas.map((alpha) => (alpha < most / 16 ? -1 : 0));
  for (let ring = 1; rings.includes(-1); ring++) {
    const next = [...rings];
    rings.forEach((own, i) => {
      if (own >= 0) return;
      const near = rings.flatMap((other, j) => {
        const isNear = Math.abs((i % width) - (j % width)) <= 1 && Math.abs(~~(i / width) - ~~(j / width)) <= 1;
        return isNear && other >= 0 ? [j] : [];
      });
      if (near.length === 0) return;
      next[i] = ring;
      for (let c = 0; c < channels - 1; c++) {
        const weights = near.map((j) => (rings[j]! > 0 ? 1 : Math.max(alphas[j]!, leastWeight)));
        const total = weights.reduce((sum, weight) => sum + weight);
        const sum = near.reduce((sum, j, k) => sum + weights[k]! * out[j * channels + c]!, 0);
        const share = ((16 * alphas[i]!) / most) ** 2;
        const mean = Math.round(sum / total);
        out[i * channels + c] = Math.round(Number((share * out[i * channels + c]! + (1 - share) * mean).toFixed(9)));
      }
    });
    rings = next;
  }
  return out;
}

describe("filledUnderTransparency", () => {
  it("gives transparent pixels the mean of their visible neighbours, rounded half up", async () => {
    expect(colours(await filledUnderTransparency(gray([[10, null, 20]])))).toEqual([[10, 15, 20]]);
    expect(colours(await filledUnderTransparency(gray([[10, null, 21]])))).toEqual([[10, 16, 21]]);
    const ring = gray([
      [10, 20, 30],
      [40, null, 60],
      [70, 80, 91],
    ]);
    expect(colours(await filledUnderTransparency(ring))[1]).toEqual([40, 50, 60]);
  });

  it("grows ring by ring", async () => {
    const picture = gray([
      [100, null, null, null, 0],
      [null, null, null, null, null],
      [null, null, null, null, null],
    ]);
    // The middle column and the last row are the second ring: they see the first one only, 100 on the left and 0 on the right.
    expect(colours(await filledUnderTransparency(picture))).toEqual([
      [100, 100, 50, 0, 0],
      [100, 100, 50, 0, 0],
      [100, 100, 50, 0, 0],
    ]);
  });

  it("weighs every neighbour of an earlier ring the same, and none of its own", async () => {
    const picture = gray([
      [90, 0, null],
      [null, null, null],
    ]);
    // (0,1) sees 90 and 0, (1,1) too, (2,0) and (2,1) see 0 alone: not each other, though they come one after another.
    expect(colours(await filledUnderTransparency(picture))).toEqual([
      [90, 0, 0],
      [45, 45, 0],
    ]);
  });

  it.each([
    { width: 13, height: 9, channels: 4, bits: 8 },
    { width: 13, height: 9, channels: 4, bits: 16 },
    { width: 13, height: 9, channels: 2, bits: 8 },
    { width: 9, height: 13, channels: 2, bits: 16 },
    { width: 40, height: 1, channels: 4, bits: 8 },
    { width: 1, height: 40, channels: 4, bits: 16 },
    { width: 2, height: 2, channels: 4, bits: 8 },
  ] as const)("is what the definition says for $width x $height of $channels channels, $bits bits", async (shape) => {
    for (let seed = 0; seed < 10; seed++) {
      const picture = randomPicture(seed, shape);
      const filled = await filledUnderTransparency(picture);
      expect({ ...filled, data: null }).toEqual({ ...picture, data: null });
      expect(filled.data.constructor).toBe(picture.data.constructor);
      expect([...filled.data]).toEqual(filledSlowly(picture));
    }
  });

  it("fills in what is faint, and keeps the more of it the more is seen", async () => {
    const picture = (alpha: number) => ({
      ...gray([[100, 0, 100]]),
      data: Uint8Array.of(100, 255, 0, alpha, 100, 255),
    });
    const found = async (alpha: number) => colours(await filledUnderTransparency(picture(alpha)))[0]![1];
    // 100 * (1 - (16 * alpha / 255)^2)
    expect(await Promise.all([0, 1, 2, 4, 8, 12, 15, 16].map(found))).toEqual([100, 100, 98, 94, 75, 43, 11, 0]);
  });

  it("weighs visible neighbours by their alpha", async () => {
    const data = Uint8Array.of(100, 255, 0, 0, 20, 85);
    expect(colours(await filledUnderTransparency({ ...gray([[0, 0, 0]]), data }))).toEqual([[100, 80, 20]]);
  });

  it("takes for visible what is nearly as visible as anything else", async () => {
    expect(
      colours(await filledUnderTransparency({ ...gray([[0, 0, 0]]), data: Uint8Array.of(50, 10, 0, 0, 70, 1) })),
    ).toEqual([[50, 60, 70]]);
  });

  it("changes neither its input, nor alpha, nor what is visible", async () => {
    const picture = randomPicture(1, { width: 31, height: 17, channels: 4, bits: 16 });
    const before = picture.data.slice();
    const { data } = await filledUnderTransparency(picture);
    expect(picture.data).toEqual(before);
    data.forEach((value, i) => {
      const isVisible = before[i - (i % 4) + 3]! >= 65535 / 16;
      if (isVisible || i % 4 === 3) expect(value).toBe(before[i]);
    });
    expect(data).not.toEqual(before);
  });

  it("takes an alpha of 1 for visible", async () => {
    expect(colours(await filledUnderTransparency(gray([[10, null]], 1)))).toEqual([[10, 10]]);
  });

  it("gives the same again when it is given its own result, where nothing is faint but not invisible", async () => {
    const picture = randomPicture(2, { width: 20, height: 20, channels: 4, bits: 8 });
    const data = picture.data.map((value, i) => (i % 4 === 3 && value < 16 ? 0 : value));
    const once = await filledUnderTransparency({ ...picture, data });
    expect(await filledUnderTransparency(once)).toEqual(once);
  });

  it("does not depend on what lies under transparent pixels", async () => {
    const picture = randomPicture(3, { width: 20, height: 20, channels: 4, bits: 8 });
    const black = picture.data.map((value, i) => (picture.data[i - (i % 4) + 3] === 0 ? 0 : value));
    expect(await filledUnderTransparency({ ...picture, data: black })).toEqual(await filledUnderTransparency(picture));
  });

  it.each([
    [
      "has nothing faint",
      { width: 2, height: 1, channels: 4, bits: 8, data: Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 16) },
    ],
    ["is all transparent", { width: 2, height: 1, channels: 2, bits: 16, data: Uint16Array.of(7, 0, 8, 0) }],
    ["is gray", { width: 2, height: 1, channels: 1, bits: 8, data: Uint8Array.of(0, 0) }],
    ["is RGB", { width: 1, height: 1, channels: 3, bits: 8, data: Uint8Array.of(0, 0, 0) }],
  ] as const)("gives the picture itself where it %s", async (_, picture) => {
    const before = picture.data.slice();
    expect(await filledUnderTransparency(picture)).toBe(picture);
    expect(picture.data).toEqual(before);
  });

  it("copies what Node's Buffer and Uint8ClampedArray hold", async () => {
    const buffer = Buffer.from([10, 255, 0, 0]);
    const shape = { width: 2, height: 1, channels: 2, bits: 8 } as const;
    expect([...(await filledUnderTransparency({ ...shape, data: buffer })).data]).toEqual([10, 255, 10, 0]);
    expect([...buffer]).toEqual([10, 255, 0, 0]);
    const clamped = await filledUnderTransparency({ ...shape, data: Uint8ClampedArray.from(buffer) });
    expect(clamped.data).toEqual(Uint8ClampedArray.of(10, 255, 10, 0));
  });

  it("fills a large picture from a single pixel", async () => {
    const [width, height] = [1500, 1100];
    const data = new Uint16Array(width * height * 4);
    data.set([1000, 65535, 3, 1], (700 * width + 400) * 4);
    const filled = await filledUnderTransparency({ data, width, height, channels: 4, bits: 16 });
    const isRight = (i: number) =>
      filled.data[i] === 1000 && filled.data[i + 1] === 65535 && filled.data[i + 2] === 3 && filled.data[i + 3]! <= 1;
    for (let i = 0; i < data.length; i += 4) if (!isRight(i)) expect.fail(`pixel ${i / 4} is not filled`);
  });

  it("gives the same however often it hands the thread back, which it does", async () => {
    const picture = randomPicture(4, { width: 400, height: 300, channels: 4, bits: 8 });
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    const inOneGo = await filledUnderTransparency(picture);

    clock.mockImplementation(() => {
      now += 30;
      return now;
    });
    let turns = 0;
    let isDone = false;
    const count = () => {
      if (isDone) return;
      turns++;
      setImmediate(count);
    };
    setImmediate(count);
    const inTurns = await filledUnderTransparency(picture);
    isDone = true;
    expect(Buffer.from(inTurns.data).equals(Buffer.from(inOneGo.data))).toBe(true);
    // 120,000 pixels are looked at three times or more, 4096 at a time, and every second look is 50 ms later.
    expect(turns).toBeGreaterThan(20);
  });
});
