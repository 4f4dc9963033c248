import type { Pixels } from "./pixels.js";
import type { Tensor } from "./tensor.js";
import { type TensorToImageAttributes } from "./tensor-to-image.js";
/** @throws EsrganError "bad-input" if the picture asked for does not fit the tensor */
export declare function tensorToImageReference(input: Tensor, attributes: TensorToImageAttributes): Pixels;
