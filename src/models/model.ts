// Owns the loaded model: a network with its weights and a name. Where the bundled ones are is bundled.ts.

import { parseWeights } from "../weights/parse-weights.js";
import { type ByteSource, type ReadOptions, readBytes } from "../weights/read-bytes.js";
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
 * Reads a .safetensors, .pth or .pt file: bytes, a Blob, a Response, or the URL of one.
 * @throws EsrganError "network", "bad-weights" or "unsupported-model"; signal.reason if aborted
 */
export async function readModel(source: ByteSource, options: LoadModelOptions = {}): Promise<Model> {
  const bytes = await readBytes(source, options);
  const weights = parseWeights(bytes);
  const network = detectNetwork(weights);
  const name = options.name ?? fileName(source) ?? network.architecture;
  return { name, network, byteLength: bytes.byteLength, metadata: weights.metadata };
}

function fileName(source: ByteSource): string | undefined {
  const url = typeof source === "string" || source instanceof URL ? String(source) : undefined;
  return url && (/([^/?#]+?)(?:\.(?:safetensors|pth|pt))?(?:[?#].*)?$/.exec(url)?.[1] ?? undefined);
}
