// Owns compute pipelines: compiled asynchronously, in parallel, once a device; and giving up those that never come.

import { EsrganError } from "../errors.js";
import type { PlannedPipeline } from "../plan/runnable-plan.js";
import type { KernelBinding } from "../shaders/kernel.js";
import { EventLoopYield } from "../weights/event-loop-yield.js";
import { NEVER, type Stop } from "../weights/stop.js";
import { capabilitiesOf } from "./capabilities.js";
import { untilLost } from "./device-loss.js";

export interface CompiledPipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

// Pipelines cannot be destroyed, so a device keeps this many; a network needs a dozen or two.
const MAX_PIPELINES = 256;

const caches = new WeakMap<GPUDevice, Map<string, Promise<CompiledPipeline>>>();

/** Kernels that the device refused, did not compile in time, or computed wrongly. */
export class KernelRefused extends EsrganError {
  constructor(
    readonly kernels: readonly { readonly pipeline: PlannedPipeline; readonly why: string }[],
    options?: ErrorOptions,
  ) {
    super("internal", kernels.map(({ why }) => why).join("; "), options);
  }
}

/** GPUs compile a kernel in seconds at most. One that takes longer, while no other comes, may never end. Software adapters may be slow. */
const COMPILE_LIMIT_MS = 30_000;

export interface CompileOptions {
  /** Milliseconds without any pipeline to give the others up after, where something else could take their place. */
  readonly limitMs?: number | undefined;
  /** Ends the wait; what compiles by then is kept for the next call. */
  readonly stop?: Stop | undefined;
}

/**
 * Compiles all of `planned`, in parallel. Hands the thread back between them.
 * @throws KernelRefused with all that the device refused or did not compile in time, EsrganError "device-lost"; what stops it
 */
export async function compilePipelines(
  device: GPUDevice,
  planned: readonly PlannedPipeline[],
  { limitMs = capabilitiesOf(device).kind === "gpu" ? COMPILE_LIMIT_MS : undefined, stop = NEVER }: CompileOptions = {},
): Promise<CompiledPipeline[]> {
  const compiled = new Map<PlannedPipeline, CompiledPipeline>();
  const refused = new Map<PlannedPipeline, string>();
  let cause: unknown;
  const news = new Set<() => void>();
  const settle = (note: () => void) => {
    note();
    for (const hear of news) hear();
  };
  const turns = new EventLoopYield();
  for (const pipeline of planned) {
    // A shader's text is parsed on this thread.
    if (turns.isOver()) {
      await turns.next();
      stop.check();
    }
    compilePipeline(device, pipeline).then(
      (made) => settle(() => compiled.set(pipeline, made)),
      (error: Error) =>
        settle(() => {
          cause ??= error;
          refused.set(pipeline, error.message);
        }),
    );
  }
  const isOpen = (pipeline: PlannedPipeline) => !compiled.has(pipeline) && !refused.has(pipeline);
  while (planned.some(isOpen)) {
    const limit = planned.some((each) => each.conv && isOpen(each)) ? limitMs : undefined;
    const isLate = await stop.until(untilLost(device, nextNews(news, limit)));
    if (!isLate) continue;
    for (const pipeline of planned.filter((each) => each.conv && isOpen(each))) {
      refused.set(pipeline, `The device did not compile the kernel "${pipeline.label}" within ${limitMs! / 1000} s`);
    }
  }
  if (refused.size === 0) return planned.map((pipeline) => compiled.get(pipeline)!);
  const kernels = [...refused].map(([pipeline, why]) => ({ pipeline, why }));
  // A device that is lost refuses everything, and says a little later why.
  return untilLost(device, Promise.reject(new KernelRefused(kernels, { cause })));
}

/** Settles with the next news, or with true once `limitMs` went by without. */
function nextNews(news: Set<() => void>, limitMs: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    // Turns are counted, as in untilLost.
    const turnMs = Math.min(limitMs ?? TURN_MS, TURN_MS);
    let turns = 0;
    const turn = () => {
      if (limitMs !== undefined && ++turns * turnMs >= limitMs) end(true);
    };
    const timer = setInterval(turn, turnMs);
    const hear = () => end(false);
    const end = (isLate: boolean) => {
      clearInterval(timer);
      news.delete(hear);
      resolve(isLate);
    };
    news.add(hear);
  });
}

const TURN_MS = 1000;

/**
 * Compiles `planned`, or finds what an earlier call compiled on this device.
 * @throws EsrganError "internal" with the compiler's message, if the device refuses the shader
 */
export function compilePipeline(device: GPUDevice, planned: PlannedPipeline): Promise<CompiledPipeline> {
  const cache = caches.get(device) ?? new Map<string, Promise<CompiledPipeline>>();
  caches.set(device, cache);
  const found = cache.get(planned.code);
  if (found) return found;
  const compiling = compile(device, planned);
  // A failure is not kept: the device may have been short of memory.
  compiling.catch(() => cache.delete(planned.code));
  cache.set(planned.code, compiling);
  if (cache.size > MAX_PIPELINES) cache.delete(cache.keys().next().value!);
  return compiling;
}

const madeAtOnce = new WeakMap<GPUDevice, Map<string, CompiledPipeline>>();

/**
 * The same at once, for the few small kernels that must be recorded in the call that asks for them. What a device refuses shows in
 * its error scopes.
 */
export function compilePipelineNow(device: GPUDevice, planned: PlannedPipeline): CompiledPipeline {
  const made = madeAtOnce.get(device) ?? new Map<string, CompiledPipeline>();
  madeAtOnce.set(device, made);
  const found = made.get(planned.code);
  if (found) return found;
  const { descriptor, layout } = pipelineParts(device, planned);
  const compiled = { pipeline: device.createComputePipeline(descriptor), layout };
  made.set(planned.code, compiled);
  return compiled;
}

async function compile(device: GPUDevice, planned: PlannedPipeline): Promise<CompiledPipeline> {
  // Some implementations say what is wrong with a shader here alone, and of the pipeline only that its shader is invalid.
  device.pushErrorScope("validation");
  const { descriptor, layout } = pipelineParts(device, planned);
  const refusal = device.popErrorScope().catch(() => null);
  try {
    return { pipeline: await device.createComputePipelineAsync(descriptor), layout };
  } catch (error) {
    const why = (await refusal)?.message ?? (error as Error).message;
    throw new EsrganError("internal", `The device refused the kernel "${planned.label}": ${why}`, {
      cause: error,
    });
  }
}

function pipelineParts(device: GPUDevice, { label, code, bindings }: PlannedPipeline) {
  const name = `esrgan-webgpu ${label}`;
  const module = device.createShaderModule({ label: name, code });
  const layout = device.createBindGroupLayout({
    label: name,
    entries: bindings.map((each, binding) => ({ binding, visibility: SHADER_STAGE_COMPUTE, ...layoutOf(each) })),
  });
  const descriptor: GPUComputePipelineDescriptor = {
    label: name,
    layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  };
  return { descriptor, layout };
}

// GPUShaderStage.COMPUTE; the constants are not global everywhere (Node).
const SHADER_STAGE_COMPUTE = 4;

function layoutOf({ access, type }: KernelBinding): Omit<GPUBindGroupLayoutEntry, "binding" | "visibility"> {
  switch (access) {
    case "uniform":
      // Which region a dispatch works on is said when it is recorded.
      return { buffer: { type: "uniform", hasDynamicOffset: type === "Region" } };
    case "read":
      return { buffer: { type: "read-only-storage" } };
    case "read_write":
      return { buffer: { type: "storage" } };
    case "texture":
      return { texture: { sampleType: "unfilterable-float" } };
    case "external":
      return { externalTexture: {} };
    case "store": {
      const format = /<(\w+),/.exec(type)![1] as GPUTextureFormat;
      return { storageTexture: { access: "write-only", format } };
    }
  }
}
