// Owns the models that are found by name, and what else may be asked for as a model. Where named ones come from is named-weights.ts.

import { EsrganError } from "../errors.js";
import type { ByteSource, ReadOptions } from "../weights/byte-source.js";
import { requireHexadecimal } from "../weights/sha256.js";
import { type LoadModelOptions, type Model, readModel } from "./model.js";
import { namedWeights, type WeightsLoader } from "./named-weights.js";
import { SharedLoad, untilAborted } from "./shared-load.js";

/** The name of the model that comes with the package. */
export const DEFAULT_MODEL = "general-x4v3";

/** A model that is found by its name. */
export interface BundledModel {
  /** Scale, purpose and origin in one line. */
  readonly summary: string;
  /** The package that it is in; without one, this. */
  readonly package?: string;
}

/** The models by name, and what each is for. */
export const BUNDLED_MODELS: Readonly<Record<string, BundledModel>> = {
  "general-x4v3": { summary: "4x, real photos, small and fast (Real-ESRGAN general-x4v3)" },
  "anime-6b": { summary: "4x, drawings (Real-ESRGAN x4plus anime 6B)", package: "@esrgan-webgpu/anime-6b" },
  x4plus: { summary: "4x, real photos, large and slow (Real-ESRGAN x4plus)", package: "@esrgan-webgpu/x4plus" },
};

/** What may be asked for as a model. */
export type ModelSource = Model | ByteSource | WeightsLoader;

const loads = new Map<string, SharedLoad<Model>>();

/**
 * Loads a model: a bundled name, a companion package's export, the bytes of a .safetensors, .pth or .pt file, a Blob,
 * Response or URL of one, or in Node its path. A loaded model is given back as it is.
 * @example
 * const model = await loadModel("https://example.com/RRDB_ESRGAN_x4.pth", { onProgress: ({ loaded }) => console.log(loaded) });
 * @throws EsrganError "unsupported-model" naming what to install or which models there are, "network", "bad-weights", "bad-input";
 *   signal.reason if aborted
 */
export async function loadModel(source: ModelSource = DEFAULT_MODEL, options: LoadModelOptions = {}): Promise<Model> {
  options.signal?.throwIfAborted();
  if (isModel(source)) {
    if (options.sha256 === undefined) return source;
    throw new EsrganError(
      "bad-input",
      `The model "${source.name}" is loaded, its file's SHA-256 cannot be checked now`,
    );
  }
  if (typeof source === "function") return readModel(await loaded(source, options), options);
  if (typeof source !== "string") return readModel(source, options);
  if (Object.hasOwn(BUNDLED_MODELS, source)) return bundledModel(source, options);
  if (isAddress(source)) return readModel(source, options);
  throw new EsrganError(
    "unsupported-model",
    `There is no model named "${source}"; there are ${Object.keys(BUNDLED_MODELS).join(", ")}, or give the URL of a .safetensors or .pth file`,
  );
}

/** Whether it can be no model's name, but the address or path of one. */
export function isAddress(text: string): boolean {
  return /[./:\\]/.test(text);
}

/** Loaded once and shared, unless loading failed; with a SHA-256, once for each. */
async function bundledModel(name: string, options: LoadModelOptions): Promise<Model> {
  const { cache } = options;
  const sha256 = options.sha256 === undefined ? undefined : requireHexadecimal(options.sha256);
  const key = JSON.stringify([name, sha256]);
  const load =
    loads.get(key) ??
    new SharedLoad(
      async (shared) => {
        const reading = { ...shared, cache, sha256 };
        return readModel(await bundledSource(name, reading), { ...reading, name });
      },
      () => {
        if (loads.get(key) === load) loads.delete(key);
      },
    );
  loads.set(key, load);
  const model = await load.join(options);
  return options.name === undefined ? model : { ...model, name: options.name };
}

/**
 * The weights of a model of the table.
 * @throws EsrganError "unsupported-model" naming what to install, "network"; signal.reason if aborted
 */
export async function bundledSource(name: string, options: ReadOptions): Promise<ByteSource> {
  const found = await namedWeights(name, BUNDLED_MODELS[name]!.package);
  return typeof found === "function" ? loaded(found, options) : found;
}

/** What a loader gives, within the time that `signal` leaves it. */
async function loaded(load: WeightsLoader, options: ReadOptions): Promise<ByteSource> {
  const { onProgress, signal, cache, sha256 } = options;
  const work = (async () => load({ onProgress, signal, cache, sha256 }))();
  try {
    return await untilAborted(work, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof EsrganError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EsrganError("network", `The function that was given as the model gave no weights: ${why}`, { cause });
  }
}

function isModel(source: ModelSource): source is Model {
  return typeof source === "object" && source !== null && "network" in source;
}
