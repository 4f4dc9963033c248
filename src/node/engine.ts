// A network that runs somewhere, on the GPU or on the CPU, as the command line needs it. Owns how the two are opened from a command's words.
import {
  createUpscaler,
  EsrganError,
  type Model,
  type Pixels,
  type Progress,
  type Strip,
  type UpscalePlan,
} from "../index.js";
import { type OpenDeviceOptions, openDevice } from "./adapters.js";
import type { Command } from "./cli-arguments.js";
import { upscaleInWorker } from "./cpu-worker-client.js";

/** A network, ready to run. */
export interface Engine {
  readonly model: string;
  /** The adapter's name, or "cpu". */
  readonly adapter: string;
  readonly precision: string;
  /** How large the result of such a picture is, and what it takes on the GPU. */
  plan(
    picture: Omit<Pixels, "data">,
    changes?: EngineChanges,
  ): Pick<
    UpscalePlan,
    "width" | "height" | "tiles" | "reason" | "dispatches" | "pipelines" | "peakBytes" | "weightBytes"
  >;
  /** The larger picture, from the top. */
  strips(source: Pixels, events: EngineEvents & EngineChanges): AsyncIterable<Strip>;
  destroy(): void;
}

/** What a picture may have otherwise than the command says. */
export interface EngineChanges {
  readonly scale?: number | undefined;
  readonly tileable?: boolean | undefined;
}

export interface EngineEvents {
  onProgress(progress: EngineProgress): void;
  /** Hears in one sentence of what was done in another way than asked. */
  onNote(note: string): void;
}

export type EngineProgress = Omit<Progress, "etaMs"> & Partial<Progress>;

/** What of a command decides how pictures are made larger. */
export type EngineOptions = Pick<
  Command,
  "models" | "precision" | "backend" | "adapter" | "scale" | "tile" | "memoryBudget" | "alpha" | "tta" | "tileable"
>;

/**
 * An engine for `model`, which is what options.models name.
 * @throws EsrganError "bad-input" for options that the backend cannot honour, "unsupported-device"
 */
export async function openEngine(model: Model, options: EngineOptions): Promise<Engine> {
  return options.backend === "cpu" ? cpuEngine(model, options) : gpuEngine(model, options);
}

async function gpuEngine(model: Model, options: EngineOptions): Promise<Engine> {
  const { adapter, precision, memoryBudget, scale, tile, alpha, tta, tileable } = options;
  const wish: OpenDeviceOptions = adapter === undefined ? {} : { adapter };
  const opened = await openDevice(wish);
  const upscaler = await createUpscaler(opened.device, { model, precision, memoryBudget });
  const asked = { scale, tile, alpha, tta, tileable };
  return {
    model: upscaler.model.name,
    adapter: opened.name,
    precision: upscaler.precision,
    plan: ({ width, height, bits, channels }, changes) =>
      upscaler.plan(width, height, { ...asked, ...given(changes), bits, channels }),
    strips: (source, { onProgress, onNote, ...changes }) =>
      upscaler.strips(source, { ...asked, ...given(changes), onProgress, onNote }),
    destroy() {
      upscaler.destroy();
      opened.destroy();
    },
  };
}

/** Without what is left to the command. */
function given({ scale, tileable }: EngineChanges = {}): { scale?: number; tileable?: boolean } {
  return { ...(scale !== undefined && { scale }), ...(tileable !== undefined && { tileable }) };
}

function cpuEngine(model: Model, options: EngineOptions): Engine {
  requireForCpu(model, options);
  const { scale } = model.network;
  return {
    model: model.name,
    adapter: "cpu",
    precision: "f32",
    plan: ({ width, height }) => ({
      width: width * scale,
      height: height * scale,
      tiles: 1,
      reason: "f32: the backend cpu is the reference",
      dispatches: 0,
      pipelines: 0,
      peakBytes: 0,
      weightBytes: 0,
    }),
    async *strips(source, { onProgress, ...changes }) {
      requireForCpu(model, { ...options, ...given(changes) });
      const asked = options.alpha === "ignore" ? opaque(source) : source;
      yield { y: 0, pixels: await upscaleInWorker(options.models, asked, onProgress) };
    },
    destroy() {},
  };
}

function requireForCpu({ network }: Model, options: EngineOptions): void {
  const { adapter, precision, scale = network.scale, tile = "auto", memoryBudget, alpha, tta, tileable } = options;
  const refused: [boolean, string][] = [
    [adapter !== undefined, `the adapter ${adapter}`],
    [precision === "f16", "f16"],
    [scale !== network.scale, `a scale of ${scale} with a model that enlarges ${network.scale} times`],
    [tile !== "auto", "tiles"],
    [memoryBudget !== undefined, "a memory budget"],
    [alpha === "network", "the network for alpha"],
    [tta, "tta"],
    [tileable, "tileable"],
  ];
  const what = refused.find(([isAsked]) => isAsked)?.[1];
  if (what === undefined) return;
  throw new EsrganError("bad-input", `The backend cpu computes a picture as it is, in f32, and cannot use ${what}`);
}

/** The picture with alpha, where there is any, at its most. */
function opaque(source: Pixels): Pixels {
  const { channels, bits } = source;
  if (channels % 2 === 1) return source;
  const data = source.data.slice();
  const most = bits === 16 ? 65535 : 255;
  for (let i = channels - 1; i < data.length; i += channels) data[i] = most;
  return { ...source, data };
}
