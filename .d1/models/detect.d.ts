import type { TensorMap } from "../weights/tensor-map.js";
import type { Network } from "./network.js";
/**
 * The network `map` holds the weights of, in any key layout.
 * @throws EsrganError "unsupported-model" saying what was found and what is supported; "bad-weights" where it is one of
 *   those but a tensor does not fit
 */
export declare function detectNetwork(map: TensorMap): Network;
