// Owns one run of a network over a picture, whatever the device can do: in smaller tiles where it has too little memory, in f32 where
// f16 overflows, with other kernels where it refuses some, each time from the first row that is not done yet.

import { EsrganError } from "../errors.js";
import { KernelRefused } from "../gpu/pipeline-cache.js";
import { notFiniteError } from "../models/model.js";
import type { Extent } from "../plan/picture-buffers.js";
import type { TileChoice } from "../plan/tile-choice.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import type { Stop } from "../weights/stop.js";
import {
  NotFinite,
  networkStrips,
  type PassAlpha,
  type PassForm,
  type PassSettings,
  type PassSource,
  type PassTarget,
  runsOf,
  tileForm,
} from "./network-pass.js";
import type { PixelStrip } from "./pixel-source.js";
import { choosePassTiles, redoneTiles } from "./planned-passes.js";
import type { Progress, ProgressMeter } from "./progress.js";
import type { Request } from "./request.js";
import type { NetworkSession } from "./session.js";

/** What a call tells and asks. */
export interface CallEvents {
  readonly stop: Stop;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  /** Called when a tile was stored on the GPU, in the turn of the event loop that submitted it. */
  readonly onTile?: (() => void) | undefined;
}

/** A call at work. */
export interface CallState {
  readonly session: NetworkSession;
  readonly request: Request;
  readonly events: CallEvents;
  readonly meter: ProgressMeter;
}

export interface WholePass {
  readonly picture: Extent;
  readonly form: PassForm;
  readonly source: PassSource;
  readonly target: PassTarget;
  readonly alpha: PassAlpha | undefined;
  /** Bytes for weights and tiles. */
  readonly budget: number;
}

/**
 * Runs the network over the whole picture, and gives rows as they are done.
 * @throws EsrganError as networkStrips, "bad-weights" where values are not finite even in f32; what stops it
 */
export async function* retriedStrips(call: CallState, pass: WholePass): AsyncGenerator<PixelStrip, void, void> {
  const { session, request, events, meter } = call;
  const { scale } = session.model.network;
  const { picture, form, source } = pass;
  let { budget } = pass;
  let firstRow = 0;
  let memoryError: unknown;
  for (;;) {
    let tiles: TileChoice;
    try {
      const { state, planner } = session;
      const room = { budget, isGiven: source.at === "gpu" };
      const choosing = session.isAsChosen
        ? choosePassTiles({ planner, request }, picture, form, room)
        : redoneTiles({ planner, request, scale }, state.planner, picture, form, room);
      tiles = await doneInTurns(choosing, events.stop);
    } catch (error) {
      events.stop.check();
      // Where tiles were to be made smaller than they can be, what the device said is of more use.
      throw memoryError ?? error;
    }
    const settings: PassSettings = { ...pass, scale, wraps: request.tileable, tiles };
    const tile = tileForm({ ...settings, isGiven: source.at === "gpu" });
    const plan = await doneInTurns(session.state.planner.planTile(tile), events.stop);
    const passEvents = {
      stop: events.stop,
      advance: (runs: number) => meter.advance(runs * plan.flops),
      onTile: events.onTile,
    };
    try {
      for await (const strip of networkStrips(session.state, settings, passEvents, firstRow)) {
        firstRow = strip.y + strip.rows;
        yield strip;
      }
      return;
    } catch (error) {
      events.stop.check();
      // What was stored on the GPU is known to be wrong at its end alone.
      if (error instanceof NotFinite && pass.target.at === "gpu") firstRow = 0;
      if (secondTry(session, error, events) === "smaller") {
        memoryError = error;
        budget = plan.weightBytes + Math.floor((plan.peakBytes - plan.weightBytes) / 2);
      }
      meter.remains(runsOf(settings) * plan.flops * (1 - firstRow / (picture.height * scale)));
    }
  }
}

/**
 * Makes ready to go on after `error`, in smaller tiles, in f32 or with other kernels; throws it where there is nothing left to try.
 */
function secondTry(
  session: NetworkSession,
  error: unknown,
  { onNote }: CallEvents,
): "smaller" | "f32" | "other kernels" {
  const { name } = session.model;
  if (error instanceof NotFinite) {
    if (!session.again || !session.isAsChosen) throw notFiniteError(session.model);
    session.reset(session.again);
    onNote?.(`f16 overflowed with the model ${name}, so it was redone in f32`);
    return "f32";
  }
  if (error instanceof KernelRefused) {
    session.replaceRefused(error, onNote);
    return "other kernels";
  }
  if (!(error instanceof EsrganError && error.code === "out-of-memory")) throw error;
  session.reset(session.state.planner);
  onNote?.("The device had too little memory, so the tiles were made smaller");
  return "smaller";
}
