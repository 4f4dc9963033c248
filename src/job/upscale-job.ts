// Owns one call from pixels to pixels: colour through the network, alpha beside it, in strips from the top.

import { EsrganError } from "../errors.js";
import type { PixelArray, Pixels, StepPixels } from "../ops/pixels.js";
import { alphaOf } from "../picture/alpha.js";
import { doneInTurns, EventLoopYield } from "../weights/event-loop-yield.js";
import { AlphaSource } from "./alpha-source.js";
import { filledPixels } from "./filled-pixels.js";
import type { PassForm } from "./network-pass.js";
import { ArraySource, emptyArray, type PixelStrip, StripSource } from "./pixel-source.js";
import { alphaChoice, type PlannedCall, planCall } from "./planned-call.js";
import {
  alphaPass,
  betweenPasses,
  type CallContext,
  passForm,
  planCallResize,
  type StepForm,
} from "./planned-passes.js";
import { ProgressMeter } from "./progress.js";
import { type Request, resultSize } from "./request.js";
import { resizedStrips } from "./resize-pass.js";
import { type CallEvents, retriedStrips } from "./retried-pass.js";
import type { Route } from "./route.js";
import { routeStrips } from "./route-job.js";
import type { NetworkSession } from "./session.js";

/** Rows of a result from the top, as wide as the whole. */
export interface Strip<P extends Pixels | ImageData = Pixels> {
  /** Which row of the result the first of these is. */
  readonly y: number;
  /** The rows; the memory is the receiver's. */
  readonly pixels: P;
}

/** A strip has no more pixels than this, if it is more than a row: what is done with it takes milliseconds. */
const PIECE_PIXELS = 2 ** 20;

/** The picture enlarged, strip by strip. A call that is not finished leaves nothing on the device. */
export async function* upscaledStrips(
  session: NetworkSession,
  pixels: Pixels,
  request: Request,
  events: CallEvents,
): AsyncGenerator<Strip, void, void> {
  const job = await UpscaleJob.planned(session, pixels, request, events);
  let isWhole = false;
  try {
    yield* job.strips();
    isWhole = true;
  } finally {
    session.endCall(isWhole);
  }
}

/** The whole result. A call that is not finished leaves nothing on the device. */
export async function upscaledPixels(
  session: NetworkSession,
  pixels: Pixels,
  request: Request,
  events: CallEvents,
): Promise<Pixels> {
  const job = await UpscaleJob.planned(session, pixels, request, events);
  return finished(session, job.whole());
}

/**
 * What the network makes of a picture's alpha, gray; undefined where it is opaque throughout. A call that is not finished leaves
 * nothing on the device.
 */
export async function networkAlpha(
  session: NetworkSession,
  pixels: Pixels,
  request: Request,
  events: CallEvents,
): Promise<StepPixels | undefined> {
  const job = await UpscaleJob.planned(session, pixels, request, { ...events, onProgress: undefined });
  return finished(session, job.largeAlpha());
}

async function finished<Result>(session: NetworkSession, call: Promise<Result>): Promise<Result> {
  let isWhole = false;
  try {
    const result = await call;
    isWhole = true;
    return result;
  } finally {
    session.endCall(isWhole);
  }
}

class UpscaleJob {
  readonly #size: { readonly width: number; readonly height: number };
  readonly #meter: ProgressMeter;
  /** Where the pictures between its stages have room on the GPU. */
  readonly #route: Route | undefined;
  /** Bytes for weights and tiles where they do not. */
  readonly #budget: number;

  private constructor(
    private readonly session: NetworkSession,
    private readonly pixels: Pixels,
    private readonly request: Request,
    private readonly events: CallEvents,
    private readonly alpha: Pixels | undefined,
    { flops, route, budget }: PlannedCall,
  ) {
    this.#size = resultSize(pixels, request.scale);
    this.#route = route;
    this.#budget = budget;
    const runs = alpha && request.alpha === "network" ? 2 : 1;
    this.#meter = new ProgressMeter(flops * runs, events.onProgress);
  }

  /** @throws EsrganError as planCall; what stops it */
  static async planned(
    session: NetworkSession,
    pixels: Pixels,
    request: Request,
    events: CallEvents,
  ): Promise<UpscaleJob> {
    const alpha = request.alpha === "ignore" ? undefined : await doneInTurns(alphaOf(pixels), events.stop);
    const { planner, memoryBudget, model } = session;
    const { scale } = model.network;
    const choice = alpha && alphaChoice(pixels, request, scale);
    const call = await doneInTurns(planCall({ planner, scale, memoryBudget, request }, pixels, choice), events.stop);
    return new UpscaleJob(session, pixels, request, events, alpha, call);
  }

  /** Colour and alpha, in strips that take no thread for long. */
  async *strips(): AsyncGenerator<Strip, void, void> {
    const { channels, bits } = this.pixels;
    const { width, height } = this.#size;
    const { stop } = this.events;
    const piece = Math.max(1, Math.floor(PIECE_PIXELS / width));
    const turns = new EventLoopYield();
    for await (const { y, rows, data: values } of this.#stored()) {
      const data = levels(values);
      for (let from = 0; from < rows; from += piece) {
        const to = Math.min(from + piece, rows);
        // A part is a copy: whoever gets it may transfer its buffer.
        const part = rows <= piece ? data : data.slice(from * width * channels, to * width * channels);
        if (y + to === height) this.#meter.end();
        yield { y: y + from, pixels: { data: part, width, height: to - from, channels, bits } };
        if (turns.isOver()) await turns.next();
        stop.check();
      }
    }
  }

  /** The result in one piece. */
  async whole(): Promise<Pixels> {
    const { channels, bits } = this.pixels;
    const form = { ...this.#size, channels, bits };
    const turns = new EventLoopYield();
    let result: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | undefined;
    for await (const { y, rows, data } of this.#stored()) {
      // What comes in one piece need not be copied.
      if (rows === form.height) result = levels(data);
      else {
        result ??= levels(emptyPixels(form).data);
        result.set(data, y * form.width * channels);
      }
      if (turns.isOver()) await turns.next();
      this.events.stop.check();
    }
    this.#meter.end();
    this.events.stop.check(); // whoever hears of the end may end it
    return { ...form, data: result! };
  }

  /** The result as it is asked for. */
  async *#stored(): AsyncGenerator<PixelStrip, void, void> {
    const { request, session, events } = this;
    const alpha = this.#alphaSource(await this.largeAlpha());
    const source = this.alpha ? await filledPixels(this.pixels) : this.pixels;
    events.stop.check();
    if (this.#route) {
      const { channels, bits } = source;
      const call = { session, request, events, meter: this.#meter };
      const from = { at: "cpu", pixels: new ArraySource(source) } as const;
      yield* routeStrips(call, { route: this.#route, source: from, alpha }, { at: "cpu", channels, bits });
      return;
    }
    let picture: StepPixels = source;
    for (let pass = 1; pass < request.passes; pass++) picture = await this.#whole(picture, pass);
    if (!request.resizes) {
      yield* this.#pass(picture, passForm(this.#formContext, picture, source, request.passes, alpha?.choice), alpha);
      return;
    }
    const form = passForm(this.#formContext, picture, source, request.passes, undefined);
    const large = betweenPasses(picture, session.model.network.scale);
    const strips = this.#pass(picture, form, undefined);
    const { memoryBudget } = session;
    const { plan, form: ends } = planCallResize({ request, memoryBudget }, large, source, alpha?.choice);
    try {
      // Where the picture wraps, the first rows need the last ones.
      const pixels = request.tileable ? new ArraySource(await gathered(strips, large)) : new StripSource(strips, large);
      const { channels, bits } = source;
      yield* resizedStrips(session, {
        plan,
        form: ends,
        source: { at: "cpu", pixels },
        target: { at: "cpu", channels, bits },
        alpha,
        wraps: request.tileable,
        stop: events.stop,
      });
    } finally {
      await strips.return();
    }
  }

  /** The alpha that is resized to the result: the picture's, or what the network makes of it. */
  async largeAlpha(): Promise<StepPixels | undefined> {
    const { request } = this;
    let alpha: StepPixels | undefined = this.alpha;
    if (alpha && request.alpha === "network") {
      for (let pass = 1; pass <= request.passes; pass++) {
        const { form, large } = alphaPass(this.#formContext, alpha);
        alpha = await gathered(this.#pass(alpha, form, undefined), large);
      }
    }
    return alpha;
  }

  #alphaSource(alpha: StepPixels | undefined): AlphaSource | undefined {
    return alpha && new AlphaSource(alpha, this.#size, this.request.tileable);
  }

  /** Pass number `pass` over `picture` as a whole, for the next one. */
  async #whole(picture: StepPixels, pass: number): Promise<StepPixels> {
    const form = passForm(this.#formContext, picture, this.pixels, pass, undefined);
    const large = betweenPasses(picture, this.session.model.network.scale);
    return gathered(this.#pass(picture, form, undefined), large);
  }

  get #formContext(): Pick<CallContext, "request" | "scale"> {
    return { request: this.request, scale: this.session.model.network.scale };
  }

  #pass(source: StepPixels, form: PassForm, alpha: AlphaSource | undefined): AsyncGenerator<PixelStrip, void, void> {
    const { form: stored } = form.target;
    if (stored.kind !== "packed") throw new Error("pixels are read back as packed rows");
    const { session, request, events } = this;
    return retriedStrips(
      { session, request, events, meter: this.#meter },
      {
        picture: source,
        form,
        source: { at: "cpu", pixels: new ArraySource(source) },
        target: { at: "cpu", channels: stored.channels, bits: stored.bits },
        alpha,
        budget: this.#budget,
      },
    );
  }
}

/** What the last step stores. */
function levels(data: PixelArray): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  if (data instanceof Float32Array) throw new Error("the last step stores levels");
  return data;
}

/** The strips of a picture as a whole. */
async function gathered(strips: AsyncIterable<PixelStrip>, form: StepForm): Promise<StepPixels> {
  const whole = emptyPixels(form);
  for await (const { y, data } of strips) whole.data.set(data, y * form.width * form.channels);
  return whole;
}

/** @throws EsrganError "out-of-memory" where there is no array so large */
function emptyPixels({ width, height, channels, bits }: StepForm): StepPixels & { readonly data: PixelArray } {
  const length = width * height * channels;
  try {
    return { width, height, channels, bits, data: emptyArray(bits, length) };
  } catch (cause) {
    throw new EsrganError(
      "out-of-memory",
      `There is no memory for a result of ${width}x${height} pixels (${length * (bits / 8)} bytes) in one piece; strips() gives it in parts`,
      { cause },
    );
  }
}
