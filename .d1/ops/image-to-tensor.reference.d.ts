import { type ImageToTensorAttributes } from "./image-to-tensor.js";
import type { Pixels } from "./pixels.js";
import { type Tensor } from "./tensor.js";
/** @throws EsrganError "bad-input" if the pixels contradict themselves or are larger than the size asked for */
export declare function imageToTensorReference(pixels: Pixels, attributes: ImageToTensorAttributes): Tensor;
