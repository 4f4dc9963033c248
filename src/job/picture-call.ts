// Owns a call from any source to any kind of output: which way a picture takes, on the GPU or through the CPU, and what it is given
// back as.

import { EsrganError, type EsrganErrorCode } from "../errors.js";
import { requireTextureSize, TEXTURE_USAGE } from "../gpu/external-image.js";
import { bitmapFromTexture, CanvasTarget } from "../gpu/present.js";
import { type ChosenTexture, chosenTexture, type TextureSlice } from "../gpu/texture-checks.js";
import { OUTPUT_USAGE, requireWritable, TextureOutput } from "../gpu/texture-output.js";
import { createTextures } from "../gpu/textures.js";
import { loadPart } from "../load-part.js";
import type { Pixels } from "../ops/pixels.js";
import { alphaOf } from "../picture/alpha.js";
import type { OutputKind, OutputTypes } from "../picture/output-kind.js";
import { bitmapOf, blobOf, requestWriter } from "../picture/sink.js";
import type { Extent } from "../plan/picture-buffers.js";
import { storeBytes, type TextureAlpha, type TextureStore, textureStore } from "../plan/texture-forms.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import type { OutputOptions } from "./output-options.js";
import { type Request, resultSize } from "./request.js";
import type { CallEvents } from "./retried-pass.js";
import { pictureBytes, textureBytes } from "./route.js";
import type { RoutedPicture } from "./route-job.js";
import type { NetworkSession } from "./session.js";
import { imageDataLike, pixelsOfTaken, type TakenPicture, wholeTexture } from "./taken-picture.js";
import { routePicture, runRoute } from "./texture-job.js";
import { upscaledPixels } from "./upscale-job.js";

export interface PictureCall {
  readonly session: NetworkSession;
  readonly request: Request;
  readonly kind: OutputKind;
  readonly output: OutputOptions;
  readonly events: CallEvents;
}

/** Runs a call. @throws EsrganError; what stops it */
export async function runPictureCall(call: PictureCall, picture: TakenPicture): Promise<OutputTypes[OutputKind]> {
  const { kind, session, output } = call;
  const { colorSpace } = picture;
  switch (kind) {
    case "texture":
      return intoTexture(call, picture);
    case "canvas":
      return intoCanvas(call, picture);
    case "imageBitmap": {
      if (output.canvas) return bitmapBesideCanvas(call, picture);
      const texture = await bitmapTexture(call, picture);
      if (!texture) return bitmapOf(await throughPixels(call, picture), colorSpace);
      try {
        return await bitmapFromTexture(session.device, texture, colorSpace);
      } finally {
        texture.destroy();
      }
    }
    case "pixels":
      return throughPixels(call, picture);
    case "imageData":
      return imageDataLike(picture, await throughPixels(call, picture), output.pixelFormat);
    case "blob":
      requestWriter(output);
      return blobOf(await throughPixels(call, picture), output, colorSpace);
  }
}

async function throughPixels({ session, request, events }: PictureCall, picture: TakenPicture): Promise<Pixels> {
  return upscaledPixels(session, await pixelsOfTaken(session.device, picture), request, events);
}

/** The opaque result of a picture on the GPU; undefined where it has to go through the CPU. */
async function bitmapTexture(call: PictureCall, picture: TakenPicture): Promise<GPUTexture | undefined> {
  const { device } = call.session;
  if (picture.at === "cpu" || !isTakenOpaque(call, picture)) return undefined;
  const size = resultSize(picture.texture, call.request.scale);
  const most = device.limits.maxTextureDimension2D;
  if (size.width > most || size.height > most) return undefined;
  const store = storeOf(call, "rgba8unorm", "opaque");
  const routed = await routeOf(call, picture, store, textureBytes(size, store.form.format)).catch(pixelsInstead);
  if (!routed) return undefined;
  const usage = TEXTURE_USAGE.copySrc | TEXTURE_USAGE.textureBinding;
  const texture = await createTexture(call, store, size, usage).catch(pixelsInstead);
  return texture && filled(call, routed, store, texture);
}

/** The texture, with the picture in it; destroyed where that fails. */
async function filled(
  call: PictureCall,
  routed: RoutedPicture,
  store: TextureStore,
  texture: GPUTexture,
): Promise<GPUTexture> {
  try {
    await storeInto(call, routed, store, wholeTexture(texture));
    return texture;
  } catch (error) {
    texture.destroy();
    throw error;
  }
}

const ROOM_CODES: readonly EsrganErrorCode[] = ["bad-input", "unsupported-device", "out-of-memory"];

/** What the GPU has no room for as a whole goes through the CPU in parts. */
function pixelsInstead(error: unknown): undefined {
  const isRoom = error instanceof EsrganError && ROOM_CODES.includes(error.code);
  if (!isRoom) throw error;
}

async function intoTexture(call: PictureCall, picture: TakenPicture): Promise<GPUTexture> {
  const { output, session } = call;
  const size = sizeOf(call, picture);
  if (output.texture !== undefined) {
    const { store, target } = callersTexture(call, output.texture, size);
    await requireWritable(session.device, store, target);
    await storeInto(call, await requiredRoute(call, picture, store, storeBytes(store, size)), store, target);
    // It may have been destroyed meanwhile.
    await requireWritable(session.device, store, target);
    return target.texture;
  }
  const { textureFormat = defaultFormat(picture) } = output;
  const { textureUsage = TEXTURE_USAGE.textureBinding | TEXTURE_USAGE.copySrc } = output;
  requireTextureSize(session.device, size, "The result");
  const store = storeOf(call, textureFormat, "straight");
  const routed = await requiredRoute(call, picture, store, storeBytes(store, size));
  return filled(call, routed, store, await createTexture(call, store, size, textureUsage, textureFormat));
}

function callersTexture(
  call: PictureCall,
  slice: TextureSlice,
  size: Extent,
): { readonly store: TextureStore; readonly target: ChosenTexture } {
  const name = "The output texture";
  const { texture } = chosenTexture(slice, { name });
  const store = storeOf(call, texture.format, "straight");
  return { store, target: chosenTexture(slice, { name, usage: OUTPUT_USAGE[store.usage], ...size }) };
}

async function intoCanvas(call: PictureCall, picture: TakenPicture): Promise<HTMLCanvasElement | OffscreenCanvas> {
  await drawnCanvas(call, picture, async () => {});
  return call.output.canvas!;
}

/** The bitmap of what the canvas shows at the end. */
async function bitmapBesideCanvas(call: PictureCall, picture: TakenPicture): Promise<ImageBitmap> {
  const { device } = call.session;
  return drawnCanvas(call, picture, (texture, alpha) => {
    return bitmapFromTexture(device, texture, picture.colorSpace, { alpha });
  });
}

/** Draws the picture into the call's canvas; `finish` is given the texture that the canvas shows, premultiplied where it has alpha. */
async function drawnCanvas<T>(
  call: PictureCall,
  picture: TakenPicture,
  finish: (texture: GPUTexture, alpha: boolean) => Promise<T>,
): Promise<T> {
  const { session, output, request } = call;
  const canvas = output.canvas!;
  const size = sizeOf(call, picture);
  const isOpaque = request.alpha === "ignore" || (await isKnownOpaque(picture));
  const store = storeOf(call, "rgba8unorm", isOpaque ? "opaque" : "premultiplied");
  const routed = await requiredRoute(call, picture, store, textureBytes(size, store.form.format));
  const shown = new CanvasTarget(session.device, canvas, size, { alpha: !isOpaque, colorSpace: picture.colorSpace });
  const { copySrc, textureBinding } = TEXTURE_USAGE;
  const texture = await createTexture(call, store, size, copySrc | textureBinding);
  try {
    const onTile = () => shown.show(texture);
    await storeInto({ ...call, events: { ...call.events, onTile } }, routed, store, wholeTexture(texture));
    shown.show(texture);
    return await finish(texture, !isOpaque);
  } finally {
    texture.destroy();
  }
}

async function createTexture(
  { session }: PictureCall,
  store: TextureStore,
  { width, height }: { readonly width: number; readonly height: number },
  usage: number,
  format: GPUTextureFormat = store.form.format,
): Promise<GPUTexture> {
  const request = {
    label: "esrgan-webgpu result",
    width,
    height,
    format,
    usage: usage | TEXTURE_USAGE[OUTPUT_USAGE[store.usage]],
  };
  const [texture] = await createTextures(session.device, [request], `A result of ${width}x${height} texels`);
  return texture!;
}

/** The route of a picture; `ownBytes` are those of the result, where it is ours. */
async function routeOf(
  call: PictureCall,
  picture: TakenPicture,
  store: TextureStore,
  ownBytes: number,
): Promise<RoutedPicture | undefined> {
  const { session, request, events } = call;
  const onGpu = bytesOnGpu(call, picture);
  if (picture.at === "cpu" || onGpu === undefined) {
    const pixels = await pixelsOfTaken(session.device, picture);
    const source = { at: "cpu", pixels, colorSpace: picture.colorSpace } as const;
    return routePicture(session, source, request, store, { ownBytes, events });
  }
  const routed = await routePicture(session, picture, request, store, { ownBytes: ownBytes + onGpu, events });
  if (routed && !isTakenOpaque(call, picture)) {
    const { fillTransparency } = await loadPart(() => import("../gpu/transparency-fill.js"));
    const form = { isPremultiplied: false, curve: "none" } as const;
    await fillTransparency(session.device, picture.texture, form, events.stop);
  }
  return routed;
}

/** What a picture takes that stays on the GPU; undefined for those that go by way of their pixels. */
function bytesOnGpu(call: PictureCall, picture: TakenPicture): number | undefined {
  if (picture.at === "cpu") return undefined;
  const { width, height, format } = picture.texture;
  const isOpaque = isTakenOpaque(call, picture);
  // A network that is to see the alpha is given it as a picture.
  if (!isOpaque && call.request.alpha === "network") return undefined;
  return pictureBytes({ width, height, format, isOpaque }, call.session.memoryBudget);
}

function isTakenOpaque({ request }: PictureCall, picture: TakenPicture & { readonly at: "gpu" }): boolean {
  return picture.isOpaque === true || request.alpha === "ignore";
}

async function requiredRoute(
  call: PictureCall,
  picture: TakenPicture,
  store: TextureStore,
  ownBytes: number,
): Promise<RoutedPicture> {
  const routed = await routeOf(call, picture, store, ownBytes);
  if (routed) return routed;
  throw new EsrganError(
    "unsupported-device",
    `The pictures between the stages of a scale of ${call.request.scale} do not fit this device's buffers, ask for the output "pixels"`,
  );
}

/** Takes the picture along its route into `target`. */
async function storeInto(
  { session, request, events }: PictureCall,
  routed: RoutedPicture,
  store: TextureStore,
  target: ChosenTexture,
): Promise<void> {
  const { device } = session;
  const output = await TextureOutput.create(device, store, target, events.stop);
  try {
    await runRoute(session, routed, request, output.view(target), events);
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu result" });
    output.record(encoder, target);
    device.queue.submit([encoder.finish()]);
  } finally {
    output.destroy();
  }
}

async function isKnownOpaque(picture: TakenPicture): Promise<boolean> {
  if (picture.at === "gpu") return picture.isOpaque === true;
  return (await doneInTurns(alphaOf(picture.pixels))) === undefined;
}

function storeOf({ session }: PictureCall, format: string, alpha: TextureAlpha): TextureStore {
  const storesBgra = session.device.features.has("bgra8unorm-storage");
  return textureStore(format, { transfer: "srgb", flip: false, alpha }, { storesBgra });
}

function sizeOf({ request }: PictureCall, picture: TakenPicture) {
  return resultSize(picture.at === "cpu" ? picture.pixels : picture.texture, request.scale);
}

function defaultFormat(picture: TakenPicture): GPUTextureFormat {
  return picture.at === "gpu" ? picture.format : "rgba8unorm";
}
