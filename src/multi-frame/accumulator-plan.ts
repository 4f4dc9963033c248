// Owns the accumulation of frames as plain data: buffers and dispatches. Touches no GPU.

import type { PassRequest } from "../job/pass-options.js";
import {
  type AccumulatorShape,
  accumulateCall,
  accumulatorTableWords,
  firstPictureCall,
  frameDifferencesCall,
  frameTablesCall,
  RECORDED_WORDS,
  resultOfPictureCall,
} from "../ops/accumulator.kernels.js";
import { frameValues, pictureValues } from "../ops/multi-frame.kernels.js";
import { type PointSpread, tapCount } from "../ops/observation.js";
import { PICTURE_HEADER_BYTES, pictureByteLength, storeKernel } from "../ops/picture.kernels.js";
import { type Extent, textureBits } from "../plan/picture-buffers.js";
import { type DispatchRange, plannedBuffer, type RunnablePlan, UNIFORM_ALIGN } from "../plan/runnable-plan.js";
import { storeBytes, type TextureStore, textureSource, textureStore } from "../plan/texture-forms.js";
import { type PlannedStep, plannedSteps } from "./planned-steps.js";

export interface AccumulatorPlan extends RunnablePlan {
  readonly store: TextureStore;
  /** Of the output. */
  readonly size: Extent;
  /** What a first frame takes, before what every frame does. */
  readonly first: DispatchRange;
  readonly each: DispatchRange;
  /** Of the textures before the output. */
  readonly textureBytes: number;
}

// Index of each buffer that steps read or write in the plan.
const BUFFERS = { picture: 0, differences: 1, tables: 2 };
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
const CALLS = 6;

/** @throws EsrganError "bad-input" for a format that cannot be read or stored */
export function planAccumulator(
  { width, height, input, output, source, target }: PassRequest,
  { scale, psf }: { readonly scale: number; readonly psf: PointSpread },
  device: { readonly storesBgra: boolean },
): AccumulatorPlan {
  const taps = tapCount(scale, psf);
  const shape: AccumulatorShape = { width, height, channels: 3, bits: 8, frames: 1, scale, taps };
  const size = { width: width * scale, height: height * scale };
  const read = textureSource(input, source);
  const store = textureStore(output, target, device);
  const bits = textureBits(store.form);
  const values = pictureValues(shape);
  const { picture, differences, tables } = BUFFERS;
  const step = (call: PlannedStep["call"], inputs: number[], written: number, flops: number): PlannedStep => {
    return { call, inputs, output: written, flops };
  };
  const readTables = step(frameTablesCall(shape, psf), [], tables, 0);
  const firstSteps = [readTables, step(firstPictureCall(shape, read), [], picture, values * 32)];
  const eachSteps = [
    readTables,
    step(frameDifferencesCall(shape, read), [picture], differences, 2 * frameValues(shape, 1) * taps ** 2),
    step(accumulateCall(shape), [differences], picture, 2 * values * (taps / scale) ** 2),
    step(resultOfPictureCall(shape, bits), [picture], picture, values),
    step(storeKernel({ kind: "result", bits }, store.form, { kind: "opaque" }, size), [], picture, values),
  ];
  const buffers = [
    plannedBuffer("picture", "activations", values * FLOAT_BYTES),
    plannedBuffer("differences", "activations", frameValues(shape, 1) * FLOAT_BYTES),
    plannedBuffer("taps", "tables", accumulatorTableWords(shape) * FLOAT_BYTES),
    plannedBuffer("recorded", "picture-in", RECORDED_WORDS * Uint32Array.BYTES_PER_ELEMENT),
    plannedBuffer("result", "picture-out", PICTURE_HEADER_BYTES + pictureByteLength({ ...size, bits })),
    plannedBuffer("overflows", "overflows", Uint32Array.BYTES_PER_ELEMENT),
    plannedBuffer("regions", "regions", UNIFORM_ALIGN),
    plannedBuffer("uniforms", "uniforms", CALLS * UNIFORM_ALIGN),
  ];
  const steps = [...firstSteps, ...eachSteps];
  return {
    ...plannedSteps(steps, buffers),
    store,
    size,
    first: { from: 0, to: firstSteps.length },
    each: { from: firstSteps.length, to: steps.length },
    textureBytes: storeBytes(store, size),
  };
}
