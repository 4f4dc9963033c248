// Owns weights times a number, for networks whose values leave the usual range.

import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";

/** Every weight times `factor`, as f32. */
export function scaledWeights(weights: TensorMap, factor: number): TensorMap {
  const tensors = [...weights.tensors].map(([name, { shape, data }]) => {
    const scaled = Float32Array.from(data, (value) => value * factor);
    return [name, new WeightTensor(name, shape, scaled)] as const;
  });
  return { ...weights, tensors: new Map(tensors) };
}
