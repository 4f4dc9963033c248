// Owns one call into a texture: a route's stages, one after another, between pictures on the GPU of which none is read back.

import { createBuffers, USAGE } from "../gpu/buffers.js";
import { viewOf } from "../gpu/texture-checks.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import type { PackedRows } from "../ops/region.js";
import { alphaOf } from "../picture/alpha.js";
import { filledUnderTransparency } from "../picture/alpha-fill.js";
import { type Extent, textureBits } from "../plan/picture-buffers.js";
import type { TextureStore } from "../plan/texture-forms.js";
import { AlphaSource, TextureAlphaSource } from "./alpha-source.js";
import { type PassAlpha, type PassSource, type PassTarget, SCRATCH_PIXEL_WORDS } from "./network-pass.js";
import { ArraySource } from "./pixel-source.js";
import type { AlphaChoice, CallContext } from "./planned-passes.js";
import { ProgressMeter } from "./progress.js";
import { type Request, resultSize } from "./request.js";
import { resizedStrips } from "./resize-pass.js";
import { type CallEvents, type CallState, retriedStrips } from "./retried-pass.js";
import {
  firstTile,
  fitsDevice,
  planRoute,
  type Route,
  type RouteStart,
  type Stage,
  scratchByteLength,
  snapshotForm,
} from "./route.js";
import type { NetworkSession } from "./session.js";
import { type TakenPicture, wholeTexture } from "./taken-source.js";
import { networkAlpha } from "./upscale-job.js";

/** A picture ready for its route. */
export interface RoutedPicture {
  readonly route: Route;
  readonly source: PassSource;
  readonly alpha: PassAlpha | undefined;
}

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
  const route = planRoute(context, start, store, choice);
  if (!fitsDevice(route, capabilities)) return undefined;
  session.state.keepOnly(firstTile(route));
  return { route, source, alpha };
}

/**
 * Takes a picture along its route into `result`. A call that is not finished leaves nothing on the device.
 * @throws EsrganError as retriedStrips; what the checkpoint throws
 */
export async function runRoute(
  session: NetworkSession,
  { route, source, alpha }: RoutedPicture,
  request: Request,
  result: GPUTextureView,
  events: CallEvents,
): Promise<void> {
  const meter = new ProgressMeter(route.flops, events.onProgress);
  const call: CallState = { session, request, events, meter };
  const made: GPUBuffer[] = [];
  let isWhole = false;
  try {
    let from = source;
    for (const [index, stage] of route.stages.entries()) {
      events.checkpoint();
      const isLast = index === route.stages.length - 1;
      const next = isLast ? undefined : await createScratch(session.device, stage.to);
      if (next) made.push(next);
      const target: PassTarget = next
        ? { at: "gpu", resource: { buffer: next }, pitch: stage.to.width * SCRATCH_PIXEL_WORDS }
        : { at: "gpu", resource: result, pitch: 0 };
      await runStage(call, stage, from, target, isLast ? alpha : undefined);
      if (made.length > 1) made.shift()!.destroy();
      if (next) from = scratchSource(next, stage.to);
    }
    meter.end();
    isWhole = true;
  } finally {
    for (const buffer of made) buffer.destroy();
    // One that had to be done in f32 leaves no f32 state.
    if (!isWhole || !session.isAsChosen) session.reset();
  }
}

async function runStage(
  call: CallState,
  stage: Stage,
  source: PassSource,
  target: PassTarget,
  alpha: PassAlpha | undefined,
): Promise<void> {
  const { session, request, events } = call;
  const { form } = stage;
  const rows =
    stage.kind === "network"
      ? retriedStrips(call, { picture: stage.from, form: stage.form, source, target, alpha, budget: stage.budget })
      : resizedStrips(session.device, {
          plan: stage.plan,
          form,
          source,
          target,
          alpha,
          wraps: request.tileable,
          checkpoint: events.checkpoint,
          onTile: events.onTile,
        });
  for await (const _ of rows) events.checkpoint();
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
    const found = hasNoAlpha ? undefined : alphaOf(pixels);
    const alpha =
      request.alpha === "network"
        ? await networkAlpha(session, pixels, request, events)
        : found && new AlphaSource(found, resultSize(pixels, request.scale), request.tileable);
    const filled = found ? await filledUnderTransparency(pixels) : pixels;
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

function scratchSource(buffer: GPUBuffer, size: Extent): PassSource {
  const pitch = size.width * SCRATCH_PIXEL_WORDS;
  const rows: PackedRows = { x: 0, y: 0, ...size, pitch, offset: PICTURE_HEADER_BYTES / 4 };
  return { at: "gpu", resource: { buffer }, rows };
}

async function createScratch(device: GPUDevice, size: Extent): Promise<GPUBuffer> {
  const [buffer] = await createBuffers(device, [
    { label: "between stages", byteLength: scratchByteLength(size), usage: USAGE.storage | USAGE.copyDst },
  ]);
  return buffer!;
}
