// Owns filling colours in under faint texels on the GPU, without reading anything back: how many rings that takes is not
// known, so as many are recorded as there can be, and those that find nothing to do end at once.

import { fillStateBytes } from "../ops/alpha-fill.js";
import { type FillForm, type FillKernel, fillKernels } from "../ops/alpha-fill.kernels.js";
import type { StorableFormat } from "../ops/texture-copy.kernels.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { NEVER } from "../weights/stop.js";
import { createBuffers, USAGE } from "./buffers.js";
import { capabilitiesOf } from "./capabilities.js";
import { answered } from "./device-loss.js";
import { TEXTURE_USAGE } from "./external-image.js";
import { type CompiledPipeline, compilePipelines } from "./pipeline-cache.js";
import { createTextures } from "./textures.js";

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

// So few that a dispatch which finds nothing to do costs next to nothing: software adapters start a workgroup in milliseconds.
const MOST_GROUPS: { readonly [K in DeviceCapabilities["kind"]]: number } = { gpu: 1024, software: 8 };

/** What fills the colours of one texture in, as often as it is recorded. */
export class TransparencyFill {
  private constructor(
    private readonly steps: readonly Step[],
    private readonly state: GPUBuffer,
    private readonly scratch: readonly GPUTexture[],
  ) {}

  /**
   * For a texture of ours, of a format that kernels store, with TEXTURE_BINDING and STORAGE_BINDING.
   * @throws EsrganError "out-of-memory", "device-lost"; what stops it
   */
  static async create(
    device: GPUDevice,
    texture: GPUTexture,
    options: FillForm,
    stop = NEVER,
  ): Promise<TransparencyFill> {
    const format = texture.format as StorableFormat;
    const { width, height } = texture;
    const mostGroups = MOST_GROUPS[capabilitiesOf(device).kind];
    const kernels = fillKernels(format, texture, { ...options, mostGroups });
    const { measure, seed, rings, store } = kernels;
    const [measuring, seeding, growing, storing] = await compilePipelines(device, [measure, seed, rings, store], {
      stop,
    });
    const usage = TEXTURE_USAGE.textureBinding | TEXTURE_USAGE.storageBinding;
    const request = { label: "esrgan-webgpu fill", width, height, format, usage };
    const scratch = await createTextures(device, [request, request]);
    try {
      const byteLength = fillStateBytes(texture);
      const [state] = await createBuffers(device, [
        { label: "fill", byteLength, usage: USAGE.storage | USAGE.copyDst },
      ]);
      const [picture, first, second] = [texture, ...scratch].map((each) => each.createView()) as View[];
      const step = (kernel: FillKernel, { pipeline, layout }: CompiledPipeline, views: readonly View[]): Step => {
        const bound = [...views, { buffer: state! }];
        const entries = bound.map((resource, binding) => ({ binding, resource }));
        const group = device.createBindGroup({ label: "esrgan-webgpu fill", layout, entries });
        return { pipeline, group, workgroups: kernel.workgroups };
      };
      const forth = step(rings, growing!, [first!, second!]);
      const back = step(rings, growing!, [second!, first!]);
      const steps = [
        step(measure, measuring!, [picture!]),
        step(seed, seeding!, [picture!, first!, second!]),
        ...Array.from({ length: kernels.dispatches }, (_, i) => (i % 2 === 0 ? forth : back)),
        step(store, storing!, [first!, second!, picture!]),
      ];
      return new TransparencyFill(steps, state!, scratch);
    } catch (error) {
      for (const each of scratch) each.destroy();
      throw error;
    }
  }

  /** How many dispatches it takes. */
  get length(): number {
    return this.steps.length;
  }

  /** Records the dispatches from one until another, by default all. They belong together, in their order. */
  record(encoder: GPUCommandEncoder, from = 0, to = this.steps.length): void {
    if (from === 0) encoder.clearBuffer(this.state);
    const pass = encoder.beginComputePass({ label: "esrgan-webgpu fill" });
    for (const { pipeline, group, workgroups } of this.steps.slice(from, to)) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
  }

  destroy(): void {
    this.state.destroy();
    for (const each of this.scratch) each.destroy();
  }
}

type View = GPUTextureView;

// Dispatches of a submit: few enough that the device is never taken for long, and a call can be stopped in between.
const PER_SUBMIT = 64;

/**
 * Fills a texture in, as TransparencyFill.create wants it, and waits for it where that takes more than one submit.
 * @throws EsrganError as TransparencyFill.create; what stops it
 */
export async function fillTransparency(
  device: GPUDevice,
  texture: GPUTexture,
  options: FillForm,
  stop = NEVER,
): Promise<void> {
  const fill = await TransparencyFill.create(device, texture, options, stop);
  try {
    for (let from = 0; from < fill.length; from += PER_SUBMIT) {
      stop.check();
      if (from > 0) await answered(device, "the end of a submit", () => device.queue.onSubmittedWorkDone());
      const encoder = device.createCommandEncoder({ label: "esrgan-webgpu fill" });
      fill.record(encoder, from, Math.min(from + PER_SUBMIT, fill.length));
      device.queue.submit([encoder.finish()]);
    }
  } finally {
    fill.destroy();
  }
}
