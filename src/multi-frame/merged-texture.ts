// Owns bringing a merged picture to where it is asked for on the GPU: into a texture, or into a canvas.

import { EsrganError } from "../errors.js";
import { PreparedPlan } from "../gpu/executor.js";
import { requireTextureSize, TEXTURE_USAGE } from "../gpu/external-image.js";
import type { CanvasTarget } from "../gpu/present.js";
import { chosenTexture, viewOf, wholeOf } from "../gpu/texture-checks.js";
import { OUTPUT_USAGE, requireWritable, TextureOutput } from "../gpu/texture-output.js";
import { createTextures } from "../gpu/textures.js";
import { WeightStore } from "../gpu/weights.js";
import type { OutputOptions } from "../job/output-options.js";
import { textureBytes } from "../job/route.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { copyTextureKernel } from "../ops/texture-copy.kernels.js";
import { hasAlpha } from "../picture/alpha.js";
import { imageDataOf, writeRgba } from "../picture/sink.js";
import type { ColorSpace } from "../picture/source.js";
import type { Extent } from "../plan/picture-buffers.js";
import { storeBytes, textureStore } from "../plan/texture-forms.js";
import { plannedSteps } from "./planned-steps.js";

/** A texture that a picture goes into, known before the picture is. */
export class MergedTexture {
  private constructor(
    private readonly device: GPUDevice,
    private readonly options: OutputOptions,
    private readonly size: Extent,
    private readonly format: GPUTextureFormat,
  ) {}

  /**
   * Checks what was asked for a result of that size. `format` is that of a texture that is made where none is asked for.
   * @throws EsrganError "bad-input" for a texture that is not as it must be, or a budget that it passes; "unsupported-device"
   */
  static async planned(
    device: GPUDevice,
    options: OutputOptions & { readonly memoryBudget: number },
    { size, bits, format }: { readonly size: Extent; readonly bits: Pixels["bits"]; readonly format: GPUTextureFormat },
  ): Promise<MergedTexture> {
    const { texture, textureFormat = format, memoryBudget } = options;
    const name = "The output texture";
    const used = texture === undefined ? textureFormat : chosenTexture(texture, { name }).texture.format;
    const planned = new MergedTexture(device, options, size, used);
    requireTextureSize(device, size, "The result");
    const store = planned.#store;
    if (texture !== undefined) await requireWritable(device, store, planned.#target(texture));
    const ours = texture === undefined ? textureBytes(size, store.form.format) : 0;
    const bytes = textureBytes(size, UPLOADED[bits]) + storeBytes(store, size) + ours;
    if (bytes <= memoryBudget) return planned;
    throw new EsrganError(
      "bad-input",
      `A texture of ${size.width}x${size.height} texels takes ${bytes} bytes with what it is made of, the memory budget is ${memoryBudget}: ask for the output "pixels"`,
    );
  }

  /** Stores the picture. @throws EsrganError "out-of-memory", "device-lost", "bad-input" where the caller's texture was destroyed */
  async store(pixels: Pixels): Promise<GPUTexture> {
    const { device, size } = this;
    const { texture: given, textureUsage = TEXTURE_USAGE.textureBinding | TEXTURE_USAGE.copySrc } = this.options;
    const store = this.#store;
    const made: { destroy(): void }[] = [];
    let result: GPUTexture | undefined;
    try {
      const uploaded = await upload(device, pixels);
      made.push(uploaded);
      if (given === undefined) {
        const usage = textureUsage | TEXTURE_USAGE[OUTPUT_USAGE[store.usage]];
        const request = { label: "esrgan-webgpu result", ...size, format: this.format, usage };
        [result] = await createTextures(device, [request], `A result of ${size.width}x${size.height} texels`);
      }
      const target = given === undefined ? wholeOf(result!) : this.#target(given);
      const output = await TextureOutput.create(device, store, size);
      made.push(output);
      const copying = {
        call: copyTextureKernel({ encode: false }, store.form.format, size),
        inputs: [],
        output: 0,
        flops: 0,
      };
      const prepared = await PreparedPlan.create(device, plannedSteps([copying], []), new WeightStore(device));
      made.push(prepared);
      const encoder = device.createCommandEncoder({ label: "esrgan-webgpu result" });
      const pictures = { "texture-in": viewOf(wholeOf(uploaded)), "texture-out": output.view(target) };
      prepared.encode(encoder, { pictures: prepared.bindPictures(pictures) });
      output.record(encoder, target);
      device.queue.submit([encoder.finish()]);
      // It may have been destroyed meanwhile.
      if (given !== undefined) await requireWritable(device, store, target);
      return target.texture;
    } catch (error) {
      result?.destroy();
      throw error;
    } finally {
      for (const each of made) each.destroy();
    }
  }

  get #store() {
    const storesBgra = this.device.features.has("bgra8unorm-storage");
    return textureStore(this.format, { transfer: "srgb", flip: false, alpha: "straight" }, { storesBgra });
  }

  #target(slice: NonNullable<OutputOptions["texture"]>) {
    return chosenTexture(slice, { name: "The output texture", usage: OUTPUT_USAGE[this.#store.usage], ...this.size });
  }
}

/** What holds every value of a picture of so many bits. */
const UPLOADED = { 8: "rgba8unorm", 16: "rgba32float" } as const satisfies { readonly [B in Pixels["bits"]]: string };

/** Shows the picture in a canvas of its size. @throws EsrganError "out-of-memory", "device-lost" */
export async function drawPixels(
  device: GPUDevice,
  canvas: CanvasTarget,
  pixels: Pixels,
  colorSpace: ColorSpace,
): Promise<void> {
  const { width, height } = pixels;
  const rgba = imageDataOf(pixels, colorSpace).data.slice();
  if (hasAlpha(pixels)) premultiply(rgba);
  const data = new Uint8Array(rgba.buffer);
  const texture = await upload(device, { data, width, height, channels: 4, bits: 8 });
  try {
    canvas.show(texture);
  } finally {
    texture.destroy();
  }
}

/** The picture as RGBA in a texture of ours. */
async function upload(device: GPUDevice, pixels: Pixels): Promise<GPUTexture> {
  const { width, height, bits } = pixels;
  const format = UPLOADED[bits];
  const usage = TEXTURE_USAGE.copyDst | TEXTURE_USAGE.copySrc | TEXTURE_USAGE.textureBinding;
  const [texture] = await createTextures(device, [{ label: "esrgan-webgpu merged", width, height, format, usage }]);
  const values = width * height * 4;
  const most = LARGEST_VALUE[bits];
  const texels = bits === 16 ? new Float32Array(values) : new Uint8Array(values);
  writeRgba(texels, pixels, bits === 16 ? (level) => level / most : (level) => level);
  device.queue.writeTexture({ texture: texture! }, texels, { bytesPerRow: texels.byteLength / height }, [
    width,
    height,
  ]);
  return texture!;
}

function premultiply(rgba: Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    for (let c = 0; c < 3; c++) rgba[i + c] = (rgba[i + c]! * rgba[i + 3]!) / 255;
  }
}
