// Accumulating on the CPU by the right point spread, and by another.

import { describe, expect, it } from "vitest";
import { accumulatedPlanes } from "../../src/multi-frame/accumulate.reference.js";
import { channelPlane, pixelsOfPlanes } from "../../src/multi-frame/frames.js";
import { halton } from "../../src/multi-frame/index.js";
import type { PointSpread } from "../../src/ops/observation.js";
import { blurred, framesOf, psnr, TEST_SCENE, truthOf } from "./scene.js";

const KIND = { width: 28, height: 24, scale: 2 };

/** In dB, after each of `count` frames of the scene through a soft lens. */
function qualities(count: number, psfs: readonly PointSpread[]): number[][] {
  const jitters = Array.from({ length: count }, (_, index) => halton(index));
  const frames = framesOf(blurred(TEST_SCENE), jitters, { ...KIND, noise: 0.5 });
  const planes = frames.map((frame) => channelPlane(frame, 0));
  const truth = truthOf(TEST_SCENE, KIND);
  return psfs.map((psf) =>
    Array.from(accumulatedPlanes(planes, jitters, KIND.scale, psf), (plane) =>
      psnr(pixelsOfPlanes([plane], 8), truth, 8),
    ),
  );
}

describe("frames through a soft lens", () => {
  const [box, gaussian] = qualities(24, ["box", { gaussian: 0.57 }]) as [number[], number[]];

  it("become sharper by its point spread than by the box", () => {
    expect(gaussian.at(-1)!).toBeGreaterThan(box.at(-1)! + 4);
  });

  it("get better with each doubling of their number", () => {
    for (const count of [1, 2, 4, 8]) expect(gaussian[2 * count - 1]!).toBeGreaterThan(gaussian[count - 1]!);
  });
});
