// Owns running pictures one after another: what is told of the one that runs, cancelling it, and what is kept of its result.

import type { LoadProgress } from "esrgan-webgpu";
import { EsrganError } from "esrgan-webgpu/worker";
import type { Engine, Ready } from "./engine.js";
import type { ModelChoice } from "./models.js";
import type { Picture } from "./picture.js";
import { keptFile } from "./result.js";
import { shownTiles } from "./tiles-shown.js";
import type { Size } from "./view-box.js";
import { computingText, loadingText, sentenceOf } from "./words.js";

/** What a picture is run with, read when its turn comes. */
export interface RunSettings {
  readonly model: ModelChoice;
  readonly scale: number;
  readonly tile: "auto" | { readonly size: number };
}

export interface QueueEvents {
  settings(): RunSettings;
  /** A network's file cannot be used. */
  refused(model: ModelChoice): void;
  /** A picture's state changed. */
  changed(picture: Picture): void;
  /** The canvas that the picture is drawn into from now on, and the result's size. */
  drawing(picture: Picture, canvas: HTMLCanvasElement, size: Size): void;
  /** `share` of 0 to 1 is done; `shape` is what of the canvas is there. */
  progress(picture: Picture, text: string, share: number, shape?: string): void;
}

// What a 2D canvas of Chromium holds; others hold no more.
const MOST_SIDE = 16384;
const MOST_PIXELS = 2 ** 27;

/** Of files that stay what they are. */
const UNUSABLE: readonly string[] = ["bad-weights", "unsupported-model"];

export class Queue {
  readonly pictures: Picture[] = [];
  #cancelling: AbortController | undefined;
  #running: Picture | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly events: QueueEvents,
  ) {}

  get running(): Picture | undefined {
    return this.#running;
  }

  /** Runs what waits, in order; returns when nothing does. */
  async run(): Promise<void> {
    if (this.#running) return;
    for (;;) {
      const next = this.pictures.find(({ state }) => state === "waiting");
      if (!next) return;
      await this.#one(next);
    }
  }

  /** Stops the picture that runs, and lets those that wait be. */
  cancel(): void {
    for (const picture of this.pictures.filter(({ state }) => state === "waiting")) this.#set(picture, "cancelled");
    this.#cancelling?.abort();
  }

  remove(picture: Picture): void {
    if (picture === this.#running) this.#cancelling?.abort();
    const at = this.pictures.indexOf(picture);
    if (at >= 0) this.pictures.splice(at, 1);
  }

  async #one(picture: Picture): Promise<void> {
    this.#running = picture;
    const cancelling = new AbortController();
    this.#cancelling = cancelling;
    this.#set(picture, "running");
    try {
      await this.#compute(picture, cancelling.signal);
      this.#running = undefined;
      this.#set(picture, "done");
    } catch (error) {
      this.engine.heed(error);
      this.#running = undefined;
      if (!cancelling.signal.aborted) picture.failure = sentenceOf(error);
      this.#set(picture, cancelling.signal.aborted ? "cancelled" : "failed");
    }
  }

  async #compute(picture: Picture, signal: AbortSignal): Promise<void> {
    const { model, scale, tile } = this.events.settings();
    requireDrawable(picture, scale);
    const started = performance.now();
    this.events.progress(picture, "Getting the network ready", 0);
    const ready = await this.#ready(picture, model, signal);
    const loaded = performance.now();
    const notes: string[] = [];
    const { bitmap, plan } = await this.#upscaled(picture, ready, { scale, tile, signal, notes });
    const computed = performance.now();
    try {
      const { width, height } = bitmap;
      const timing = { loadMs: loaded - started, computeMs: computed - loaded };
      const what = { modelLabel: model.label, reason: ready.upscaler.reason, plan, notes };
      picture.outcome = { file: await keptFile(bitmap), width, height, ...what, ...timing };
    } finally {
      bitmap.close();
    }
  }

  async #ready(picture: Picture, model: ModelChoice, signal: AbortSignal): Promise<Ready> {
    const onProgress = ({ loaded, total }: LoadProgress) => {
      this.events.progress(picture, loadingText(loaded), total === undefined ? 0 : loaded / total);
    };
    try {
      return await this.engine.ready(model, { signal, onProgress });
    } catch (error) {
      const isRefused = error instanceof EsrganError && UNUSABLE.includes(error.code);
      if (isRefused) this.events.refused(model);
      throw error;
    }
  }

  async #upscaled(
    picture: Picture,
    { upscaler, canvas }: Ready,
    { scale, tile, signal, notes }: Omit<RunSettings, "model"> & { signal: AbortSignal; notes: string[] },
  ) {
    const { width, height, file } = picture;
    this.events.progress(picture, "Starting", 0);
    const plan = await upscaler.plan(width, height, { scale, tile, output: "canvas" });
    this.events.drawing(picture, canvas, plan);
    const bitmap = await upscaler.upscale(file, {
      output: "imageBitmap",
      canvas,
      scale,
      tile,
      signal,
      onProgress: ({ done, total, etaMs }) => {
        const share = done / total;
        const text = computingText(plan.tiles, share, etaMs);
        this.events.progress(picture, text, share, shownTiles(plan, picture, upscaler.scale, share));
      },
      onNote: (note) => notes.push(note),
    });
    return { bitmap, plan };
  }

  #set(picture: Picture, state: Picture["state"]): void {
    picture.state = state;
    this.events.changed(picture);
  }
}

function requireDrawable({ width, height }: Picture, scale: number): void {
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (Math.max(size.width, size.height) <= MOST_SIDE && size.width * size.height <= MOST_PIXELS) return;
  throw new EsrganError(
    "bad-input",
    `The result of ${size.width} x ${size.height} pixels is more than a page can show, choose a smaller scale`,
  );
}
