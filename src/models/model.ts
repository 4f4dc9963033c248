// Owns the loaded model: a network with its weights and a name. Where the bundled ones are is bundled.ts.

import { EsrganError } from "../errors.js";
import { type ByteSource, fileNameOf, type Origin, type ReadOptions, titleOf } from "../weights/byte-source.js";
import { parseWeights } from "../weights/parse-weights.js";
import { readWeights } from "../weights/read-bytes.js";
import { refuseOtherKinds } from "../weights/sniff.js";
import { detectNetwork } from "./detect.js";
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
 * Reads a .safetensors, .pth or .pt file: bytes, a Blob, a Response, the URL of one, or its path in Node.
 * @throws EsrganError "network", "bad-input", "bad-weights" or "unsupported-model"; signal.reason if aborted
 */
export function readModel(source: ByteSource, options: LoadModelOptions = {}): Promise<Model> {
  return readWeights(source, options, (bytes, origin) => parseModel(bytes, origin, options.name));
}

/** The refusal of a model whose result holds NaN or infinity, even in f32. */
export function notFiniteError({ name }: Model): EsrganError {
  return new EsrganError("bad-weights", `The model ${name} gives NaN or infinity for this picture, even in f32`);
}

function parseModel(bytes: Uint8Array, origin: Origin, name: string | undefined): Model {
  const { title, isNamed } = titleOf(origin);
  refuseOtherKinds(bytes, title);
  try {
    const weights = parseWeights(bytes);
    const network = detectNetwork(weights);
    const { metadata } = weights;
    return { name: name ?? modelName(origin) ?? network.architecture, network, byteLength: bytes.byteLength, metadata };
  } catch (cause) {
    // Of several models, the message must tell which it is.
    if (!isNamed || !(cause instanceof EsrganError)) throw cause;
    throw new EsrganError(cause.code, `${title} cannot be used: ${cause.message}`, { cause });
  }
}

/** The last part of a URL or path, without the ending. */
function modelName(origin: Origin): string | undefined {
  if (origin.kind === "blob") return undefined;
  return /([^/\\]+?)(?:\.(?:safetensors|pth|pt))?$/.exec(fileNameOf(origin) ?? "")?.[1];
}
