// A network that runs somewhere, on the GPU or on the CPU, as the command line needs it. Owns how the two are opened from a command's words.
import { createUpscaler, EsrganError, type Model, type Pixels, type Progress, type UpscalePlan } from "../index.js";
import { type OpenDeviceOptions, openDevice } from "./adapters.js";
import { upscaleInWorker } from "./cpu-worker-client.js";
import { findModel } from "./find-model.js";

/** A network, ready to run. */
export interface Engine {
  readonly model: string;
  /** Output pixels for each input pixel along an axis. */
  readonly scale: number;
  /** The adapter's name, or "cpu". */
  readonly adapter: string;
  readonly precision: string;
  /** What a picture of this size takes on the GPU. */
  plan(
    width: number,
    height: number,
    bits: 8 | 16,
  ): Pick<UpscalePlan, "reason" | "dispatches" | "pipelines" | "peakBytes" | "weightBytes">;
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

async function gpuEngine(model: Model, { adapter, precision }: EngineOptions): Promise<Engine> {
  const wish: OpenDeviceOptions = adapter === undefined ? {} : { adapter };
  const opened = await openDevice(wish);
  const upscaler = await createUpscaler(opened.device, { model, precision });
  return {
    model: upscaler.model.name,
    scale: upscaler.scale,
    adapter: opened.name,
    precision: upscaler.precision,
    plan: (width, height, bits) => upscaler.plan(width, height, { bits }),
    upscale: (source, onProgress) => upscaler.upscale(source, { onProgress, output: "pixels" }),
    destroy() {
      upscaler.destroy();
      opened.destroy();
    },
  };
}

function cpuEngine(model: Model, { adapter, precision, model: nameOrFile }: EngineOptions): Engine {
  if (adapter !== undefined || precision === "f16") {
    const what = adapter !== undefined ? `the adapter ${adapter}` : "f16";
    throw new EsrganError("bad-input", `The backend cpu computes in f32 without an adapter and cannot use ${what}`);
  }
  return {
    model: model.name,
    scale: model.network.scale,
    adapter: "cpu",
    precision: "f32",
    plan: () => ({
      reason: "f32: the backend cpu is the reference",
      dispatches: 0,
      pipelines: 0,
      peakBytes: 0,
      weightBytes: 0,
    }),
    upscale: (source, onProgress) => upscaleInWorker(nameOrFile, source, onProgress),
    destroy() {},
  };
}
