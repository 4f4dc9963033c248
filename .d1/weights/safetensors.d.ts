import { type TensorMap } from "./tensor-map.js";
/**
 * Reads a .safetensors file. F32 and F16 are kept, BF16 and F64 become float32; where the file is laid out well the tensors are views of
 * `bytes`, which must then not change.
 * @throws EsrganError "bad-weights" if any rule of the format is broken, a dtype is not floating-point, or a value is NaN or infinite
 */
export declare function parseSafetensors(bytes: ArrayBuffer | Uint8Array): TensorMap;
