import type { ByteSource } from "../weights/read-bytes.js";
import { type LoadModelOptions, type Model } from "./model.js";
export declare const DEFAULT_MODEL = "general-x4v3";
/** The models by name, and what each is for. */
export declare const BUNDLED_MODELS: Readonly<Record<string, {
    readonly summary: string;
    readonly package?: string;
}>>;
/** What a companion package exports by default: it gives the bytes of its weights. */
export type WeightsLoader = () => Promise<ArrayBuffer | Uint8Array>;
/** What may be asked for as a model. */
export type ModelSource = Model | ByteSource | WeightsLoader;
/**
 * Loads a model: a bundled name, a companion package's export, a .safetensors file's bytes, Blob, Response or URL. A loaded
 * model is given back as it is.
 * @throws EsrganError "unsupported-model" naming what to install or which models there are, "network", "bad-weights";
 *   signal.reason if aborted
 */
export declare function loadModel(source?: ModelSource, options?: LoadModelOptions): Promise<Model>;
