// Owns pictures that the browser holds as textures. What may be read, and its size, is picture/element.ts.

import { EsrganError } from "../errors.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import { needsCanvas, readingError } from "../picture/element.js";
import { canvasOf } from "../picture/opaque.js";
import { type ColorSpace, className, type ElementSource } from "../picture/source.js";
import { answered } from "./device-loss.js";

// The values of GPUTextureUsage, which is not global everywhere (Node).
export const TEXTURE_USAGE = {
  copySrc: 0x1,
  copyDst: 0x2,
  textureBinding: 0x4,
  storageBinding: 0x8,
  renderAttachment: 0x10,
} as const;

/** A picture as it was at the time of the call. */
export interface Snapshot {
  /** rgba8unorm, straight alpha. The caller's to destroy. */
  readonly texture: GPUTexture;
  /**
   * Settles once the device has said whether it could make and fill the texture; on failure the
   * texture is destroyed. Await it before results count.
   * @throws EsrganError "out-of-memory", "device-lost", "bad-input"
   */
  readonly ready: Promise<void>;
}

/**
 * Copies `source` of `size` pixels into a new texture, at once: what happens to it afterwards changes nothing.
 * @throws EsrganError "bad-input" where its pixels may not be read, "unsupported-device" where it is
 * larger than a texture may be. A throw leaves no texture behind.
 */
export function snapshotElement(
  device: GPUDevice,
  source: ElementSource,
  size: PictureSize,
  colorSpace: ColorSpace,
): Snapshot {
  requireTextureSize(device, size, `The ${className(source)}`);
  const copied = needsCanvas(source, size) ? canvasOf(source, size, colorSpace) : source;
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let texture: GPUTexture | undefined;
  let failure: EsrganError | undefined;
  try {
    const { copySrc, copyDst, textureBinding, storageBinding, renderAttachment } = TEXTURE_USAGE;
    texture = device.createTexture({
      label: "esrgan-webgpu snapshot",
      size: [size.width, size.height],
      format: "rgba8unorm",
      usage: copySrc | copyDst | textureBinding | storageBinding | renderAttachment,
    });
    device.queue.copyExternalImageToTexture(
      { source: copied as GPUCopyExternalImageSource },
      { texture, premultipliedAlpha: false, colorSpace },
      [size.width, size.height],
    );
  } catch (cause) {
    texture?.destroy();
    failure = readingError(source, cause);
  }
  const ready = verdict(device, `The copy of the ${className(source)} (${size.width}x${size.height} pixels)`);
  if (failure) {
    ready.catch(() => {});
    throw failure;
  }
  const made = texture!;
  const checked = ready.catch((error: unknown) => {
    made.destroy();
    throw error;
  });
  checked.catch(() => {}); // a caller that gave up does not look
  return { texture: made, ready: checked };
}

/** What the two innermost error scopes caught. @throws EsrganError "out-of-memory", "bad-input", "device-lost" */
export async function verdict(device: GPUDevice, what: string): Promise<void> {
  const scopes = () => Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const [validation, memory] = await answered(device, "what its error scopes caught", scopes);
  if (memory) throw new EsrganError("out-of-memory", `${what} does not fit the GPU's memory: ${firstSentence(memory)}`);
  if (validation) throw new EsrganError("bad-input", `${what} was refused by the GPU: ${firstSentence(validation)}`);
}

/** What the device says first; where it happened comes in further lines. */
function firstSentence({ message }: GPUError): string {
  return message.split("\n")[0]!.trim().replace(/\.$/, "");
}

/** @throws EsrganError "unsupported-device" */
export function requireTextureSize(device: GPUDevice, { width, height }: PictureSize, what: string): void {
  const most = device.limits.maxTextureDimension2D;
  if (width <= most && height <= most) return;
  throw new EsrganError(
    "unsupported-device",
    `${what} of ${width}x${height} pixels is larger than the device's textures, which hold at most ${most}x${most}`,
  );
}
