// Owns a route at work: its stages one after another, between pictures on the GPU.

import { createBuffers, USAGE } from "../gpu/buffers.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import type { PackedRows } from "../ops/region.js";
import type { Extent } from "../plan/picture-buffers.js";
import { type PassAlpha, type PassSource, type PassTarget, SCRATCH_PIXEL_WORDS } from "./network-pass.js";
import type { PixelStrip } from "./pixel-source.js";
import { resizedStrips } from "./resize-pass.js";
import { type CallState, retriedStrips } from "./retried-pass.js";
import { type Route, type Stage, scratchByteLength } from "./route.js";

/** A picture ready for its route. */
export interface RoutedPicture {
  readonly route: Route;
  readonly source: PassSource;
  readonly alpha: PassAlpha | undefined;
}

/** Runs the stages of a route, and gives the rows of the last one as they are done. Frees what lay between them. */
export async function* routeStrips(
  call: CallState,
  { route, source, alpha }: RoutedPicture,
  target: PassTarget,
): AsyncGenerator<PixelStrip, void, void> {
  const { session } = call;
  const made: GPUBuffer[] = [];
  try {
    let from = source;
    for (const [index, stage] of route.stages.entries()) {
      call.events.stop.check();
      // What ran before goes first: there is room for one form of tile beside the pictures between stages.
      if (stage.kind === "network") session.state.keepOnly(stage.tile);
      if (index === route.stages.length - 1) {
        yield* stageStrips(call, stage, from, target, alpha);
        return;
      }
      const next = session.own(await createScratch(session.device, stage.to));
      made.push(next);
      const pitch = stage.to.width * SCRATCH_PIXEL_WORDS;
      // A result that is read back is redone where values overflowed; nothing is read back for a texture.
      const flag = target.at === "cpu" ? next : undefined;
      const between: PassTarget = { at: "gpu", resource: { buffer: next }, pitch, flag };
      for await (const _ of stageStrips(call, stage, from, between, undefined)) call.events.stop.check();
      if (made.length > 1) session.free(made.shift()!);
      from = scratchSource(next, stage.to);
    }
  } finally {
    for (const buffer of made) session.free(buffer);
  }
}

function stageStrips(
  call: CallState,
  stage: Stage,
  source: PassSource,
  target: PassTarget,
  alpha: PassAlpha | undefined,
): AsyncGenerator<PixelStrip, void, void> {
  const { session, request, events } = call;
  const { form } = stage;
  if (stage.kind === "network") {
    return retriedStrips(call, { picture: stage.from, form: stage.form, source, target, alpha, budget: stage.budget });
  }
  return resizedStrips(session, {
    plan: stage.plan,
    form,
    source,
    target,
    alpha,
    wraps: request.tileable,
    stop: events.stop,
    onTile: events.onTile,
  });
}

function scratchSource(buffer: GPUBuffer, size: Extent): PassSource {
  const pitch = size.width * SCRATCH_PIXEL_WORDS;
  const rows: PackedRows = { x: 0, y: 0, ...size, pitch, offset: PICTURE_HEADER_BYTES / 4 };
  return { at: "gpu", resource: { buffer }, rows };
}

async function createScratch(device: GPUDevice, size: Extent): Promise<GPUBuffer> {
  const [buffer] = await createBuffers(device, [
    {
      label: "between stages",
      byteLength: scratchByteLength(size),
      usage: USAGE.storage | USAGE.copyDst | USAGE.copySrc,
    },
  ]);
  return buffer!;
}
