// Owns the loaded model: a network with its weights and a name. Where the bundled ones are is bundled.ts.

import { EsrganError } from "../errors.js";
import { typeName } from "../options.js";
import { type ByteSource, READ_OPTIONS, type ReadOptions } from "../weights/byte-source.js";
import { readWeights } from "../weights/read-bytes.js";
import { type ArrivingLoadOptions, ArrivingModel } from "./arriving-model.js";
import type { Network } from "./network.js";

/** A network with its weights. Immutable: may serve several Upscalers. */
export interface Model {
  /** As it was asked for, or the last part of its URL. */
  readonly name: string;
  /** Graph and weights; its form is the library's own. */
  readonly network: Network;
  /** Bytes of the weight file, or of the tensors of an interpolated model. */
  readonly byteLength: number;
  /** What the weight file says of itself, with what was stated in its place; an interpolated model has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How to load a model. */
export interface LoadModelOptions extends ReadOptions {
  /** What to call it; by default the last part of the URL, or its architecture. */
  readonly name?: string | undefined;
  /**
   * What is stated of the network in place of what the file states, in the words of tools/convert-weights.py: `{ scale: "2" }` for a VDSR,
   * `{ scale: "3", luma: "studio", padding: "replicate" }` for an SRCNN as it was trained ("valid" where it was without padding).
   */
  readonly stated?: Readonly<Record<string, string>> | undefined;
}

export const LOAD_OPTIONS = [...READ_OPTIONS, "name", "stated"] as const satisfies readonly (keyof LoadModelOptions)[];

/**
 * Reads a .safetensors, .pth or .pt file: bytes, a Blob, a Response, the URL of one, or its path in Node.
 * @throws EsrganError "network", "bad-input", "bad-weights" or "unsupported-model"; signal.reason if aborted
 */
export function readModel(source: ByteSource, options: ArrivingLoadOptions = {}): Promise<Model> {
  return readWeights(source, options, (origin) => new ArrivingModel(origin, options));
}

/** @throws EsrganError "bad-input" for what loadModel() did not make: a name or its bytes, say */
export function requireModel(model: Model): void {
  if (typeof model?.network?.graph === "object") return;
  throw new EsrganError("bad-input", `The model must be loaded, as loadModel() does, got ${typeName(model)}`);
}

/** The refusal of a model whose result holds NaN or infinity, even in f32. */
export function notFiniteError({ name }: Model): EsrganError {
  return new EsrganError("bad-weights", `The model ${name} gives NaN or infinity for this picture, even in f32`);
}
