import type { TensorMap } from "../weights/tensor-map.js";
import type { Network } from "./network.js";
export declare function isRrdn(map: TensorMap): boolean;
/** @throws EsrganError "bad-weights" or "unsupported-model" */
export declare function rrdn(map: TensorMap): Network;
