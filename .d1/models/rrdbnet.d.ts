import type { TensorMap } from "../weights/tensor-map.js";
import type { Network } from "./network.js";
/** Whether `map`, under Real-ESRGAN's names, is an RRDBNet. */
export declare function isRrdbNet(map: TensorMap): boolean;
/**
 * Builds the network from its tensors under Real-ESRGAN's names: any number of blocks, features, growth channels and
 * up-convolutions.
 * @throws EsrganError "bad-weights" or "unsupported-model"
 */
export declare function rrdbNet(map: TensorMap): Network;
