// Owns the accumulation of frames on the CPU, a plane at a time in float64: the measure of its kernels.

import { keysWeight, type PointSpread, pointSpreadTaps, type Shift } from "../ops/observation.js";
import { observation, observe, spreadBack, type ValuePlane } from "../ops/observation.reference.js";
import { accumulationStep } from "./method.js";

/** The picture after each frame, unclamped. */
export function* accumulatedPlanes(
  frames: readonly ValuePlane[],
  shifts: readonly Shift[],
  scale: number,
  psf: PointSpread = "box",
): Generator<ValuePlane, void, void> {
  let picture: ValuePlane | undefined;
  const beyondSquare = -pointSpreadTaps(scale, psf).first / scale;
  for (const [index, frame] of frames.entries()) {
    const shift = shifts[index]!;
    picture ??= enlarged(frame, shift, scale);
    const view = observation(frame, scale, psf, shift);
    const seen = observe(view, picture).data;
    // Of a sample whose point spread reaches beyond the larger picture too little is known.
    const isInside = (at: number, by: number, size: number) =>
      at + by - beyondSquare >= 0 && at + by + beyondSquare <= size - 1;
    const missing = frame.data.map((value, i) => {
      const [x, y] = [i % frame.width, Math.floor(i / frame.width)];
      const counts = isInside(x, shift.x, frame.width) && isInside(y, shift.y, frame.height);
      return counts ? value - seen[i]! : 0;
    });
    const spread = spreadBack(view, { ...frame, data: missing }).data;
    const gain = accumulationStep(scale, index) * scale * scale;
    const data: Float64Array = picture.data.map((value, i) => value + gain * spread[i]!);
    picture = { ...picture, data };
    yield picture;
  }
}

/** A frame enlarged by Keys' bicubic, where it looks. */
function enlarged({ width, height, data }: ValuePlane, shift: Shift, scale: number): ValuePlane {
  const size = { width: width * scale, height: height * scale };
  const out = new Float64Array(size.width * size.height);
  const inside = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const [across, down] = [x, y].map((place) => (place - (scale - 1) / 2) / scale) as [number, number];
      const [column, row] = [across - shift.x, down - shift.y];
      for (let j = Math.floor(row) - 1; j <= Math.floor(row) + 2; j++) {
        for (let i = Math.floor(column) - 1; i <= Math.floor(column) + 2; i++) {
          const sample = data[inside(j, height) * width + inside(i, width)]!;
          out[y * size.width + x]! += keysWeight(column - i) * keysWeight(row - j) * sample;
        }
      }
    }
  }
  return { ...size, data: out };
}
