// Owns the Upscaler in its worker, of which there is one at a time, and the canvas that it draws.

import type { LoadProgress } from "esrgan-webgpu";
import { createWorkerUpscaler, EsrganError, type WorkerUpscaler } from "esrgan-webgpu/worker";
import type { ModelChoice } from "./models.js";

export interface Ready {
  readonly upscaler: WorkerUpscaler;
  /** Drawn by the worker: a canvas has one drawer for ever, so each Upscaler has its own. */
  readonly canvas: HTMLCanvasElement;
}

export interface ReadyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}

export class Engine {
  #key: string | undefined;
  #ready: Ready | undefined;

  /** The Upscaler of this network; one of another is let go before. @throws EsrganError; signal.reason if aborted */
  async ready(choice: ModelChoice, { signal, onProgress }: ReadyOptions): Promise<Ready> {
    if (this.#ready && this.#key === choice.key) return this.#ready;
    this.release();
    const { weights: model, stated } = choice;
    const load = { signal, onProgress, stated };
    const upscaler = await createWorkerUpscaler({ model, load, allowSoftware: true });
    this.#key = choice.key;
    this.#ready = { upscaler, canvas: document.createElement("canvas") };
    return this.#ready;
  }

  /** After a failure that the Upscaler does not survive the next picture gets a new one. */
  heed(error: unknown): void {
    if (error instanceof EsrganError && ["internal", "device-lost"].includes(error.code)) this.release();
  }

  release(): void {
    this.#ready?.upscaler.destroy();
    this.#ready?.canvas.remove();
    this.#ready = undefined;
  }
}
