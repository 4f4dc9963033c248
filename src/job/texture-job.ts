// Owns one call into a texture: its route, by which nothing is read back.

import { viewOf } from "../gpu/texture-checks.js";
import type { StepPixels } from "../ops/pixels.js";
import type { PackedRows } from "../ops/region.js";
import { alphaOf, withBits } from "../picture/alpha.js";
import { opaqueTarget, textureBits } from "../plan/picture-buffers.js";
import type { TextureStore } from "../plan/texture-forms.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import { AlphaSource, TextureAlphaSource } from "./alpha-source.js";
import { filledPixels } from "./filled-pixels.js";
import type { PassAlpha, PassSource } from "./network-pass.js";
import { ArraySource } from "./pixel-source.js";
import type { AlphaChoice, CallContext } from "./planned-passes.js";
import { ProgressMeter } from "./progress.js";
import { type Request, resultSize } from "./request.js";
import type { CallEvents, CallState } from "./retried-pass.js";
import { firstTile, fitsDevice, planRoute, type RouteStart, snapshotForm } from "./route.js";
import { type RoutedPicture, routeStrips } from "./route-job.js";
import type { NetworkSession } from "./session.js";
import { type TakenPicture, wholeTexture } from "./taken-picture.js";
import { networkAlpha } from "./upscale-job.js";

/**
 * Plans the route of a picture into a texture; undefined where what lies between the stages does not fit the GPU. `ownBytes` are
 * those of textures of ours that are there besides.
 * @throws EsrganError as planRoute
 */
export async function routePicture(
  session: NetworkSession,
  picture: TakenPicture,
  request: Request,
  store: TextureStore,
  { ownBytes, events }: { readonly ownBytes: number; readonly events: CallEvents },
): Promise<RoutedPicture | undefined> {
  const { start, source, alpha, choice } = await startOf(session, picture, request, store, events);
  const { planner, capabilities, model } = session;
  const memoryBudget = session.memoryBudget - ownBytes;
  const context: CallContext = { planner, memoryBudget, request, scale: model.network.scale };
  const target = opaqueTarget(store.form, "given");
  const bits = textureBits(store.form);
  const end = { target: choice ? { ...target, ...choice } : target, bits };
  const route = await doneInTurns(planRoute(context, start, end), events.stop);
  if (!fitsDevice(route, capabilities)) return undefined;
  session.state.keepOnly(firstTile(route));
  return { route, source, alpha };
}

/**
 * Takes a picture along its route into `result`. A call that is not finished leaves nothing on the device.
 * @throws EsrganError as retriedStrips; what stops it
 */
export async function runRoute(
  session: NetworkSession,
  routed: RoutedPicture,
  request: Request,
  result: GPUTextureView,
  events: CallEvents,
): Promise<void> {
  const meter = new ProgressMeter(routed.route.flops, events.onProgress);
  const call: CallState = { session, request, events, meter };
  let isWhole = false;
  try {
    const target = { at: "gpu", resource: result, pitch: 0 } as const;
    for await (const _ of routeStrips(call, routed, target)) events.stop.check();
    meter.end();
    events.stop.check();
    isWhole = true;
  } finally {
    session.endCall(isWhole);
  }
}

interface Start {
  readonly start: RouteStart;
  readonly source: PassSource;
  readonly alpha: PassAlpha | undefined;
  readonly choice: AlphaChoice | undefined;
}

async function startOf(
  session: NetworkSession,
  picture: TakenPicture,
  request: Request,
  store: TextureStore,
  events: CallEvents,
): Promise<Start> {
  const hasNoAlpha = request.alpha === "ignore";
  if (picture.at === "cpu") {
    const { pixels } = picture;
    const { width, height, channels, bits } = pixels;
    const found = hasNoAlpha ? undefined : await doneInTurns(alphaOf(pixels), events.stop);
    let large: StepPixels | undefined = found;
    if (request.alpha === "network") {
      large = await networkAlpha(session, pixels, request, events);
    }
    const size = resultSize(pixels, request.scale);
    // Kernels store levels of alpha as they come.
    const alpha = large && new AlphaSource(withBits(large, textureBits(store.form)), size, request.tileable);
    const filled = found ? await filledPixels(pixels) : pixels;
    return {
      start: { width, height, form: { kind: "packed", channels, bits }, isGiven: false, gray: channels < 3 },
      source: { at: "cpu", pixels: new ArraySource(filled) },
      alpha,
      choice: alpha?.choice,
    };
  }
  const { texture, isOpaque, format } = picture;
  const { width, height } = texture;
  const form = snapshotForm(format);
  const view = viewOf(wholeTexture(texture));
  const rows: PackedRows = { x: 0, y: 0, width, height, pitch: 0, offset: 0 };
  const size = resultSize(texture, request.scale);
  const alpha =
    isOpaque || hasNoAlpha
      ? undefined
      : new TextureAlphaSource(view, { width, height }, size, textureBits(store.form), request.tileable);
  return {
    start: { width, height, form, isGiven: true, gray: false },
    source: { at: "gpu", resource: view, rows },
    alpha,
    choice: alpha?.choice,
  };
}
