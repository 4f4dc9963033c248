// Owns the models that are found by name, and what else may be asked for as a model. Where named ones come from is named-weights.ts.

import { EsrganError } from "../errors.js";
import { requireOptions } from "../options.js";
import { type ByteSource, type ReadOptions, requireHexadecimal } from "../weights/byte-source.js";
import { Stop } from "../weights/stop.js";
import type { ArrivingLoadOptions } from "./arriving-model.js";
import { INTERPOLATIONS, interpolationModel } from "./interpolation.js";
import { LOAD_OPTIONS, type LoadModelOptions, type Model, readModel } from "./model.js";
import { namedWeights, type WeightsLoader } from "./named-weights.js";
import { SharedLoad } from "./shared-load.js";

/** The name of the model that comes with the package. */
export const DEFAULT_MODEL = "general-x4v3";

/** A model that is found by its name. */
export interface BundledModel {
  /** Scale, purpose and origin in one line. */
  readonly summary: string;
  /** The companion package with its weights; without one they are in this. */
  readonly package?: string;
  /** Which of the package's weights they are, where it has several. */
  readonly entry?: string;
  /** What is stated of the network, as its file serves several. */
  readonly stated?: Readonly<Record<string, string>>;
}

const CLASSICS = "@esrgan-webgpu/classics";

/** The models by name, and what each is for. */
export const BUNDLED_MODELS: Readonly<Record<string, BundledModel>> = {
  "general-x4v3": { summary: "4x, real photos, small and fast (Real-ESRGAN general-x4v3)" },
  "anime-6b": { summary: "4x, drawings (Real-ESRGAN x4plus anime 6B)", package: "@esrgan-webgpu/anime-6b" },
  x4plus: { summary: "4x, real photos, large and slow (Real-ESRGAN x4plus)", package: "@esrgan-webgpu/x4plus" },
  "srcnn-915-x3": { summary: "3x, SRCNN (2014), the first network", package: CLASSICS, entry: "srcnn-915-x3" },
  "fsrcnn-s-x3": { summary: "3x, FSRCNN-s (2016), tiny and fast", package: CLASSICS, entry: "fsrcnn-s-x3" },
  "espcn-x3": { summary: "3x, ESPCN (2016), small and fast", package: CLASSICS, entry: "espcn-x3" },
  ...Object.fromEntries(
    [2, 3, 4].map((scale) => [
      `vdsr-x${scale}`,
      { summary: `${scale}x, VDSR (2016), deep`, package: CLASSICS, entry: "vdsr", stated: { scale: `${scale}` } },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(INTERPOLATIONS).map(([name, { summary }]) => [
      name,
      { summary: `4x, no network: ${summary}; ${name}-x2 to ${name}-x8 are other scales` },
    ]),
  ),
};

/** Whether a model is found by this name. */
export function isModelName(name: string): boolean {
  return Object.hasOwn(BUNDLED_MODELS, name) || interpolationModel(name) !== undefined;
}

/** Whether a model is found by this name, and has weights. */
export function hasWeights(name: string): boolean {
  return Object.hasOwn(BUNDLED_MODELS, name) && interpolationModel(name) === undefined;
}

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
  requireOptions(options, LOAD_OPTIONS, "loadModel");
  return loadArriving(source, options);
}

/** @internal loadModel, which may tell of the model before its weights have come. */
export async function loadArriving(source: ModelSource, options: ArrivingLoadOptions): Promise<Model> {
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
  const interpolation = interpolationModel(source);
  if (interpolation) return computedModel(interpolation, options);
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

function computedModel(model: Model, { name = model.name, sha256 }: LoadModelOptions): Model {
  if (sha256 === undefined) return { ...model, name };
  throw new EsrganError("bad-input", `The model "${model.name}" has no file whose SHA-256 could be checked`);
}

/** What is stated of a model of the table, where the caller states nothing else. */
export function statedOf(name: string, { stated }: LoadModelOptions): Readonly<Record<string, string>> {
  return { ...BUNDLED_MODELS[name]!.stated, ...stated };
}

/** Loaded once and shared, unless loading failed; with a SHA-256, once for each. */
async function bundledModel(name: string, options: ArrivingLoadOptions): Promise<Model> {
  const { cache, onArriving } = options;
  const named = (model: Model) => (options.name === undefined ? model : { ...model, name: options.name });
  const stated = statedOf(name, options);
  const sha256 = options.sha256 === undefined ? undefined : requireHexadecimal(options.sha256);
  const key = JSON.stringify([name, sha256, stated]);
  const load =
    loads.get(key) ??
    new SharedLoad(
      async (shared) => {
        const reading = { ...shared, cache, sha256 };
        return readModel(await bundledSource(name, reading), { ...reading, name, stated });
      },
      () => {
        if (loads.get(key) === load) loads.delete(key);
      },
    );
  loads.set(key, load);
  return named(await load.join({ ...options, onArriving: (model) => onArriving?.(named(model)) }));
}

/** What is imported for a model of the table: undefined for this package's. */
function packageOf(name: string): string | undefined {
  const { package: companion, entry } = BUNDLED_MODELS[name]!;
  return companion !== undefined && entry !== undefined ? `${companion}/${entry}` : companion;
}

/**
 * The weights of a model of the table.
 * @throws EsrganError "unsupported-model" naming what to install, "network"; signal.reason if aborted
 */
export async function bundledSource(name: string, options: ReadOptions): Promise<ByteSource> {
  const found = await namedWeights(name, packageOf(name));
  return typeof found === "function" ? loaded(found, options) : found;
}

/** What a loader gives, within the time that `signal` leaves it. */
async function loaded(load: WeightsLoader, options: ReadOptions): Promise<ByteSource> {
  const { onProgress, signal, cache, sha256 } = options;
  const work = (async () => load({ onProgress, signal, cache, sha256 }))();
  try {
    return await new Stop(signal).until(work);
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
