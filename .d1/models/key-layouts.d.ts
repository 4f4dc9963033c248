import type { TensorMap } from "../weights/tensor-map.js";
/** The tensors under Real-ESRGAN's names; what no rule knows keeps its name. */
export declare function normalizeKeys(map: TensorMap): TensorMap;
