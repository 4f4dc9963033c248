// Owns copies of textures that kernels make, texel by texel: they need no more of the caller's texture than TEXTURE_BINDING.

import { copyTextureKernel } from "../ops/texture-copy.kernels.js";
import { readableFormat } from "../plan/texture-forms.js";
import { NEVER } from "../weights/stop.js";
import { untilLost } from "./device-loss.js";
import { type Snapshot, TEXTURE_USAGE, verdict } from "./external-image.js";
import { type CompiledPipeline, compilePipeline, compilePipelineNow } from "./pipeline-cache.js";
import { type ChosenTexture, viewOf } from "./texture-checks.js";
import { createTextures, type TextureRequest } from "./textures.js";

/** A texture of ours with room for a copy, and what makes one. */
export class TextureCopy {
  private constructor(
    private readonly device: GPUDevice,
    readonly texture: GPUTexture,
    private readonly compiled: CompiledPipeline,
    private readonly workgroups: readonly [number, number, number],
  ) {}

  /** @throws EsrganError "out-of-memory", "device-lost"; what stops it */
  static async create(
    device: GPUDevice,
    format: string,
    size: { readonly width: number; readonly height: number },
    stop = NEVER,
  ): Promise<TextureCopy> {
    const { call, label } = copyCall(format, size);
    const compiled = await stop.until(untilLost(device, compilePipeline(device, { ...call, label })));
    const [texture] = await createTextures(device, [copyRequest(format, size)]);
    return new TextureCopy(device, texture!, compiled, call.workgroups);
  }

  /**
   * Copies `source` into a new texture, at once: what happens to it afterwards changes nothing.
   * A throw leaves no texture behind.
   */
  static snapshot(device: GPUDevice, source: ChosenTexture): Snapshot {
    const { format } = source.texture;
    const { call, label } = copyCall(format, source);
    device.pushErrorScope("out-of-memory");
    device.pushErrorScope("validation");
    const compiled = compilePipelineNow(device, { ...call, label });
    const { width, height, ...rest } = copyRequest(format, source);
    const texture = device.createTexture({ ...rest, size: [width, height] });
    const copy = new TextureCopy(device, texture, compiled, call.workgroups);
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu snapshot" });
    copy.record(encoder, copy.bind(viewOf(source)));
    device.queue.submit([encoder.finish()]);
    const what = `The texture of ${source.width}x${source.height} texels`;
    const ready = verdict(device, what).catch((error: unknown) => {
      texture.destroy();
      throw error;
    });
    ready.catch(() => {}); // a caller that gave up does not look
    return { texture, ready };
  }

  /** What a copy of `source` is recorded with. */
  bind(source: GPUTextureView): GPUBindGroup {
    return this.device.createBindGroup({
      label: "esrgan-webgpu copy",
      layout: this.compiled.layout,
      entries: [
        { binding: 0, resource: source },
        { binding: 1, resource: this.texture.createView() },
      ],
    });
  }

  record(encoder: GPUCommandEncoder, bound: GPUBindGroup): void {
    const pass = encoder.beginComputePass({ label: "esrgan-webgpu copy" });
    pass.setPipeline(this.compiled.pipeline);
    pass.setBindGroup(0, bound);
    pass.dispatchWorkgroups(...this.workgroups);
    pass.end();
  }

  destroy(): void {
    this.texture.destroy();
  }
}

function copyCall(format: string, size: { readonly width: number; readonly height: number }) {
  const { copy, isSrgb } = readableFormat(format);
  return { call: copyTextureKernel({ encode: isSrgb }, copy, size), label: `copy-texture ${copy}` };
}

function copyRequest(
  format: string,
  { width, height }: { readonly width: number; readonly height: number },
): TextureRequest {
  const { copySrc, textureBinding, storageBinding } = TEXTURE_USAGE;
  return {
    label: "esrgan-webgpu copy",
    width,
    height,
    format: readableFormat(format).copy,
    usage: copySrc | textureBinding | storageBinding,
  };
}
