// What a frame sees of the larger picture: taps, and the adjoint by the identity of dot products.

import { describe, expect, it } from "vitest";
import {
  axisTaps,
  keysWeight,
  type PointSpread,
  pointSpreadTaps,
  samplesInView,
  tapCount,
} from "../../src/ops/observation.js";
import { observation, observe, spreadBack, type ValuePlane } from "../../src/ops/observation.reference.js";
import { randomFloats, seededRandom } from "../cases/random.js";

const random = seededRandom(11);

function randomPlane(width: number, height: number): ValuePlane {
  return { width, height, data: Float64Array.from(randomFloats(random, width * height)) };
}

function dot(a: ValuePlane, b: ValuePlane): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);
}

const PSFS: readonly PointSpread[] = ["box", { gaussian: 0.4 }];

describe("an observation", () => {
  it.each([
    { width: 1, height: 1, scale: 2, shift: { x: 0, y: 0 } },
    { width: 9, height: 7, scale: 2, shift: { x: 0.3, y: -0.45 } },
    { width: 5, height: 11, scale: 3, shift: { x: -0.5, y: 0.5 } },
    { width: 8, height: 6, scale: 4, shift: { x: 3.7, y: -2.2 } },
    { width: 4, height: 3, scale: 1, shift: { x: 0.5, y: 0.25 } },
  ])("has an exact adjoint: $width x $height, $scale times, $shift", ({ width, height, scale, shift }) => {
    for (const psf of PSFS) {
      const view = observation({ width, height }, scale, psf, shift);
      const picture = randomPlane(width * scale, height * scale);
      const frame = randomPlane(width, height);
      const seen = dot(observe(view, picture), frame);
      expect(Math.abs(seen)).toBeGreaterThan(1e-3);
      expect(dot(picture, spreadBack(view, frame))).toBeCloseTo(seen, 12);
    }
  });

  it("of a flat picture is flat where the frame looks into it", () => {
    const flat = { width: 12, height: 12, data: new Float64Array(144).fill(7) };
    const { data } = observe(observation({ width: 6, height: 6 }, 2, "box", { x: 1.2, y: 0 }), flat);
    for (let i = 0; i < 36; i++) expect(data[i]).toBeCloseTo(i % 6 === 5 ? 0 : 7, 12);
  });

  it("without a shift is the mean of a pixel's square", () => {
    const picture = randomPlane(4, 4);
    const { data } = observe(observation({ width: 2, height: 2 }, 2, "box", { x: 0, y: 0 }), picture);
    expect(data[3]).toBeCloseTo(
      (picture.data[10]! + picture.data[11]! + picture.data[14]! + picture.data[15]!) / 4,
      12,
    );
  });
});

describe("taps", () => {
  it.each([0, 0.25, -0.5, 2.75])("weigh 1 in all, shifted by %d", (shift) => {
    for (const psf of PSFS) {
      const { weights } = axisTaps(10, 3, psf, shift);
      expect(weights.length).toBe(tapCount(3, psf));
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    }
  });

  it.each([2, 3])("of ever narrower Gaussians at scale %i end at those of the middle", (scale) => {
    for (const gaussian of [0.02, 1e-3, 1e-200, Number.MIN_VALUE]) {
      const { weights } = pointSpreadTaps(scale, { gaussian });
      const middle = [...weights].filter((weight) => weight > 1e-6);
      expect(middle).toEqual(scale === 2 ? [0.5, 0.5] : [1]);
      expect(weights.length).toBe(scale + 2);
    }
  });

  it("stand about the sample's centre", () => {
    for (const psf of PSFS) {
      const { origin, weights } = axisTaps(10, 4, psf, 0.3);
      const centre = weights.reduce((sum, weight, tap) => sum + weight * (origin + tap), 0);
      expect(centre).toBeCloseTo(4 * 0.3 + 1.5, 10);
    }
  });

  it("of Keys' kernel reproduce a parabola", () => {
    for (const part of [0, 0.2, 0.5, 0.9]) {
      const value = [-1, 0, 1, 2].reduce((sum, k) => sum + keysWeight(part - k) * k * k, 0);
      expect(value).toBeCloseTo(part * part, 12);
    }
  });

  it("count samples whose centre is in the picture", () => {
    expect(samplesInView(8, 0.5)).toEqual({ from: 0, to: 8 });
    expect(samplesInView(8, -0.5)).toEqual({ from: 0, to: 8 });
    expect(samplesInView(8, 1.2)).toEqual({ from: 0, to: 7 });
    expect(samplesInView(8, -2.6)).toEqual({ from: 3, to: 8 });
    expect(samplesInView(8, 20)).toEqual({ from: 0, to: 0 });
  });
});
