// Owns the kernels that accumulate frames one after another: a texture of a frame in, a result for a texture out. Values are 0..1.

import {
  accumulateWgsl,
  firstPictureWgsl,
  frameTablesWgsl,
  keysWgsl,
  resultOfPictureWgsl,
  textureSampleWgsl,
} from "../shaders/accumulator.wgsl.js";
import { axisWgsl, differencesWgsl, spreadBackWgsl, squaredWgsl } from "../shaders/multi-frame.wgsl.js";
import { cover, type KernelCall, withWindow } from "./kernel.js";
import {
  axisWords,
  type Bound,
  GROUP,
  type MergeShape,
  mergeCall,
  reads,
  TABLES,
  writes,
} from "./multi-frame.kernels.js";
import { type PointSpread, pointSpreadTaps, spreadDeviation } from "./observation.js";
import { pictureStore, REGION, type SourceForm, sourceParts } from "./picture.kernels.js";

/** The shape of one frame at a time. */
export type AccumulatorShape = MergeShape & { readonly channels: 3; readonly frames: 1 };

/** Words that are recorded with a frame, a byte each: the shift along x and y, high byte first, then the step. */
export const RECORDED_WORDS = 5;

// A shift is recorded to 1/4096 of a pixel, far below what can be seen, and a step to 1/255.
const SHIFT_UNIT = 4096;
const STEP_UNIT = 255;

/** A shift is less than so many pixels. */
export const SHIFT_REACH = 8;

/** The bytes that are recorded with a frame; the step is 0..1. */
export function recordedBytes(shift: { readonly x: number; readonly y: number }, step: number): number[] {
  const bytes = (value: number) => {
    const units = Math.min(Math.max(Math.round((value + SHIFT_REACH) * SHIFT_UNIT), 0), 0xffff);
    return [units >> 8, units & 0xff];
  };
  return [...bytes(shift.x), ...bytes(shift.y), Math.round(step * STEP_UNIT)];
}

/** Words of the tables of a frame. */
export function accumulatorTableWords({ taps }: AccumulatorShape): number {
  return 2 * axisWords(taps) + 1;
}

const RECORDED: Bound = [{ name: "recorded", access: "read", type: "array<u32>" }, { kind: "picture-in" }];
const ONE = { first: 0, count: 1 } as const;

/** The tables, from what was recorded. */
export function frameTablesCall(shape: AccumulatorShape, psf: PointSpread): KernelCall {
  return mergeCall(shape, {
    variant: "frame-tables",
    bind: [RECORDED, writes("tables", "array<f32>")],
    text: [axisWgsl, keysWgsl, frameTablesWgsl],
    constants: {
      SHIFT_UNIT: { f32: SHIFT_UNIT },
      SHIFT_REACH: { f32: SHIFT_REACH },
      STEP_UNIT: { f32: STEP_UNIT },
      BEYOND: { u32: -pointSpreadTaps(shape.scale, psf).first },
      DEVIATION: { f32: spreadDeviation(shape.scale, psf) ?? 0 },
    },
    range: ONE,
    workgroups: [1, 1, 1],
  });
}

/** The picture from a first frame. */
export function firstPictureCall(shape: AccumulatorShape, source: SourceForm): KernelCall {
  const from = sourceParts(source);
  return mergeCall(shape, {
    variant: "first-picture",
    bind: [REGION, ...from.bind, TABLES, writes("estimate", "array<f32>")],
    text: [...from.text, axisWgsl, textureSampleWgsl, keysWgsl, firstPictureWgsl],
    constants: from.constants,
    range: ONE,
    workgroups: coverPicture(shape),
  });
}

/** What the frame shows and the picture (input 0) does not. */
export function frameDifferencesCall(shape: AccumulatorShape, source: SourceForm): KernelCall {
  const from = sourceParts(source);
  return mergeCall(shape, {
    variant: "frame-differences",
    bind: [REGION, ...from.bind, TABLES, reads("estimate", 0), writes("differences", "array<f32>")],
    text: [...from.text, axisWgsl, textureSampleWgsl, squaredWgsl, differencesWgsl],
    constants: from.constants,
    range: ONE,
    workgroups: cover(shape.width, shape.height, shape.channels, ...GROUP),
  });
}

/** A step of the picture by the differences (input 0), in place. */
export function accumulateCall(shape: AccumulatorShape): KernelCall {
  return mergeCall(shape, {
    variant: "accumulate",
    bind: [TABLES, reads("differences", 0), writes("estimate", "array<f32>")],
    text: [axisWgsl, spreadBackWgsl, accumulateWgsl],
    range: ONE,
    workgroups: coverPicture(shape),
  });
}

/** The picture (input 0) as a result of so many bits. */
export function resultOfPictureCall(shape: AccumulatorShape, bits: 8 | 16): KernelCall {
  const store = pictureStore({ channels: shape.channels, bits, gray: false });
  const [x, y] = coverPicture(shape);
  const call = mergeCall(shape, {
    variant: "result",
    bind: [reads("estimate", 0), store.binding],
    text: [store.text, resultOfPictureWgsl],
    constants: store.constants,
    range: ONE,
    workgroups: [x, y, 1],
  });
  return { ...call, planes: withWindow(call.planes, [0, 0, shape.width * shape.scale, shape.height * shape.scale]) };
}

function coverPicture({ width, height, scale, channels }: AccumulatorShape): [number, number, number] {
  return cover(width * scale, height * scale, channels, ...GROUP);
}
