// A network that runs somewhere, on the GPU or on the CPU, as the command line needs it. Owns how the two are opened from a command's words.
import { readFile } from "node:fs/promises";
import {
  BUNDLED_MODELS,
  createUpscaler,
  EsrganError,
  loadModel,
  type Model,
  type Pixels,
  type Progress,
  type UpscalePlan,
  upscaleOnCpu,
} from "../index.js";
import { resolveModel } from "../models/bundled.js";
import { type OpenDeviceOptions, openDevice } from "./adapters.js";

/** A network, ready to run. */
export interface Engine {
  readonly model: string;
  /** Output pixels for each input pixel along an axis. */
  readonly scale: number;
  /** The adapter's name, or "cpu". */
  readonly adapter: string;
  readonly precision: string;
  /** Why it runs with this precision. */
  readonly reason: string;
  /** What a picture of this size takes on the GPU. */
  plan(
    width: number,
    height: number,
    bits: 8 | 16,
  ): Pick<UpscalePlan, "dispatches" | "pipelines" | "peakBytes" | "weightBytes">;
  upscale(source: Pixels, onProgress: (progress: EngineProgress) => void): Promise<Pixels>;
  destroy(): void;
}

export type EngineProgress = Omit<Progress, "etaMs"> & Partial<Progress>;

export interface EngineOptions {
  /** A bundled model's name or a file. */
  readonly model: string;
  readonly precision: "auto" | "f32" | "f16";
  readonly backend: "gpu" | "cpu";
  readonly adapter: string | undefined;
}

/** @throws EsrganError "unsupported-model", "bad-weights" or "unsupported-device" */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const model = await findModel(options.model);
  return options.backend === "cpu" ? cpuEngine(model, options) : gpuEngine(model, options);
}

async function findModel(nameOrFile: string): Promise<Model> {
  if (Object.hasOwn(BUNDLED_MODELS, nameOrFile)) return resolveModel(nameOrFile);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(nameOrFile);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const names = Object.keys(BUNDLED_MODELS).join(", ");
    const message = isMissing
      ? `There is no model named ${nameOrFile} (there are ${names}), nor a file of that name`
      : `The model file ${nameOrFile} cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new EsrganError("unsupported-model", message, { cause });
  }
  try {
    return await loadModel(bytes, { name: nameOrFile });
  } catch (error) {
    if (!(error instanceof EsrganError)) throw error;
    throw new EsrganError(error.code, `The model file ${nameOrFile} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}

async function gpuEngine(model: Model, { adapter, precision }: EngineOptions): Promise<Engine> {
  const wish: OpenDeviceOptions = adapter === undefined ? {} : { adapter };
  const opened = await openDevice(wish);
  const upscaler = await createUpscaler(opened.device, { model, precision });
  return {
    model: upscaler.model.name,
    scale: upscaler.scale,
    adapter: opened.name,
    precision: upscaler.precision,
    reason: upscaler.reason,
    plan: (width, height, bits) => upscaler.plan(width, height, { bits }),
    upscale: (source, onProgress) => upscaler.upscale(source, { onProgress, output: "pixels" }),
    destroy() {
      upscaler.destroy();
      opened.destroy();
    },
  };
}

function cpuEngine(model: Model, { adapter, precision }: EngineOptions): Engine {
  if (adapter !== undefined || precision === "f16") {
    const what = adapter !== undefined ? `the adapter ${adapter}` : "f16";
    throw new EsrganError("bad-input", `The backend cpu computes in f32 without an adapter and cannot use ${what}`);
  }
  return {
    model: model.name,
    scale: model.network.scale,
    adapter: "cpu",
    precision: "f32",
    reason: "The backend cpu is the reference, which computes in f32",
    plan: () => ({ dispatches: 0, pipelines: 0, peakBytes: 0, weightBytes: 0 }),
    upscale: async (source, onProgress) => upscaleOnCpu(model, source, { onProgress }),
    destroy() {},
  };
}
