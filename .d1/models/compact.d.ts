import type { TensorMap } from "../weights/tensor-map.js";
import type { Network } from "./network.js";
/** Even `body` indices are convolutions, odd ones PReLU slopes. */
export declare function isCompact(map: TensorMap): boolean;
/** @throws EsrganError "bad-weights" or "unsupported-model" */
export declare function compact(map: TensorMap): Network;
