import { type ByteSource, type ReadOptions } from "../weights/read-bytes.js";
import type { Network } from "./network.js";
/** A network with its weights. Immutable: may serve several Upscalers. */
export interface Model {
    readonly name: string;
    readonly network: Network;
    /** Bytes of the weight file, or of the tensors of an interpolated model. */
    readonly byteLength: number;
    /** What the weight file says of itself; an interpolated model has none. */
    readonly metadata: Readonly<Record<string, string>>;
}
export interface LoadModelOptions extends ReadOptions {
    /** What to call it; by default the last part of the URL, or its architecture. */
    readonly name?: string | undefined;
}
/**
 * Reads a .safetensors file: bytes, a Blob, a Response, or the URL of one.
 * @throws EsrganError "network", "bad-weights" or "unsupported-model"; signal.reason if aborted
 */
export declare function readModel(source: ByteSource, options?: LoadModelOptions): Promise<Model>;
