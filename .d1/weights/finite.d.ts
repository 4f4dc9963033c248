import type { WeightTensor } from "./tensor-map.js";
/** @throws EsrganError "bad-weights" naming the tensor and the index of its first NaN or infinity */
export declare function requireFiniteWeights(tensor: WeightTensor): WeightTensor;
