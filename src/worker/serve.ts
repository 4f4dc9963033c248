// Owns the worker's side: a device, Upscalers and calls that a page asks for by messages.

import { openDevice } from "../browser.js";
import { EsrganError, errorData } from "../errors.js";
import type { Strip } from "../job/upscale-job.js";
import type { Pixels } from "../ops/pixels.js";
import { typeName } from "../options.js";
import { gpuBitmaps } from "../picture/gpu-bitmaps.js";
import type { ImageSource } from "../picture/source.js";
import { type RunOptions, type UpscaleOptions, type Upscaler, upscalerFor } from "../upscaler.js";
import type { LoadProgress } from "../weights/byte-source.js";
import {
  type Ask,
  isMarked,
  marked,
  type PostedSource,
  type ToPage,
  type ToWorker,
  transferables,
} from "./protocol.js";

/** Where messages come and go: a worker's global scope, or a port. */
export interface MessageScope {
  /** As that of a worker's global scope. */
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  /** As that of a worker's global scope. */
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/**
 * Answers what pages ask for through `scope`, by default that of the worker that this runs in. Other messages are left to others.
 * A device is opened with the first Upscaler, and again after it was lost.
 */
export function serve(scope: MessageScope = globalThis as unknown as MessageScope): void {
  if (typeof scope?.addEventListener !== "function") {
    throw new EsrganError("bad-input", `serve takes a worker's scope or a MessagePort, got ${typeName(scope)}`);
  }
  const server = new Server(scope);
  scope.addEventListener("message", ({ data }) => {
    if (isMarked(data)) server.hear(data as ToWorker);
  });
}

interface OpenStrips {
  readonly strips: AsyncGenerator<Strip<Pixels | ImageData>, void, void>;
  readonly stop: AbortController;
}

class Server {
  readonly #upscalers = new Map<number, Promise<Upscaler>>();
  readonly #running = new Map<number, AbortController>();
  readonly #strips = new Map<number, OpenStrips>();
  readonly #canvases = new Map<number, OffscreenCanvas>();
  #device: Promise<GPUDevice> | undefined;

  constructor(private readonly scope: MessageScope) {}

  hear(message: ToWorker): void {
    switch (message.kind) {
      case "ask":
        void this.#answer(message.id, message.ask);
        return;
      case "abort":
        this.#running.get(message.id)?.abort();
        return;
      case "destroy":
        this.#destroy(message.upscaler);
    }
  }

  async #answer(id: number, ask: Ask): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const events: RunOptions = {
      signal: controller.signal,
      onProgress: (progress) => this.#post({ kind: "progress", id, progress }),
      onNote: (note) => this.#post({ kind: "note", id, note }),
    };
    try {
      const value = await this.#do(id, ask, events);
      const ofGpu = gpuBitmaps.get(value as object);
      this.#post({ kind: "done", id, value, ofGpu }, transferables(value));
    } catch (error) {
      this.#post({ kind: "failed", id, error: errorData(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #do(id: number, ask: Ask, events: RunOptions): Promise<unknown> {
    switch (ask.what) {
      case "create": {
        const { allowSoftware, load, ...options } = ask.options;
        const loading = {
          ...load,
          signal: events.signal,
          onProgress: (progress: LoadProgress) => this.#post({ kind: "progress", id, progress }),
        };
        const making = upscalerFor(this.#opened(allowSoftware), { ...options, load: loading });
        this.#upscalers.set(ask.upscaler, making);
        making.catch(() => this.#upscalers.delete(ask.upscaler));
        const { model, scale, precision, memoryBudget, reason } = await making;
        return { model, scale, precision, memoryBudget, reason };
      }
      case "call": {
        const upscaler = await this.#upscaler(ask.upscaler);
        const method = upscaler[ask.method] as (...args: readonly unknown[]) => unknown;
        if (ask.method === "plan") return method.apply(upscaler, [...ask.args]);
        const options = { ...(ask.args.at(-1) as object), signal: events.signal };
        return method.apply(upscaler, [...ask.args.slice(0, -1), options]);
      }
      case "upscale": {
        const upscaler = await this.#upscaler(ask.upscaler);
        const { canvas } = ask;
        if (canvas?.canvas) this.#canvases.set(canvas.number, canvas.canvas);
        const drawn = canvas && { canvas: this.#canvases.get(canvas.number)! };
        const options = { ...ask.options, ...events, ...drawn } as UpscaleOptions;
        try {
          const result = await upscaler.upscale(sourceOf(ask.source), options);
          if (canvas) await framesPassed();
          // The page has its canvas.
          return ask.options.output === "canvas" ? undefined : result;
        } finally {
          closeIfPossible(ask.source);
        }
      }
      case "strips": {
        const upscaler = await this.#upscaler(ask.upscaler);
        // Its signal outlives this answer.
        const stop = new AbortController();
        const options = { ...ask.options, ...events, signal: stop.signal };
        this.#strips.set(id, { strips: upscaler.strips(sourceOf(ask.source), options), stop });
        closeIfPossible(ask.source);
        return undefined;
      }
      case "next": {
        const next = await this.#strips.get(ask.strips)?.strips.next();
        if (next?.done !== false) this.#strips.delete(ask.strips);
        return next?.value;
      }
      case "leave": {
        const open = this.#strips.get(ask.strips);
        this.#strips.delete(ask.strips);
        open?.stop.abort();
        await open?.strips.return();
      }
    }
  }

  async #upscaler(number: number): Promise<Upscaler> {
    const found = this.#upscalers.get(number);
    if (found) return found;
    throw new EsrganError("bad-input", "The Upscaler was destroyed");
  }

  #destroy(number: number): void {
    const found = this.#upscalers.get(number);
    this.#upscalers.delete(number);
    found?.then(
      (upscaler) => upscaler.destroy(),
      () => {},
    );
  }

  /** One device for all. */
  #opened(allowSoftware: boolean): Promise<GPUDevice> {
    if (this.#device) return this.#device;
    const opening = openDevice({ powerPreference: "high-performance", allowSoftware }).then(({ device }) => device);
    this.#device = opening;
    const forget = () => {
      if (this.#device === opening) this.#device = undefined;
    };
    opening.then((device) => device.lost.then(forget), forget);
    return opening;
  }

  #post(message: Parameters<typeof marked<ToPage>>[0], transfer: Transferable[] = []): void {
    this.scope.postMessage(marked<ToPage>(message), transfer);
  }
}

// Hidden pages get no frames.
const FRAME_LIMIT_MS = 250;

/** Until what was drawn into a canvas is on its way to the page, which may end the worker as soon as it hears of it. */
function framesPassed(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, FRAME_LIMIT_MS);
    // What a frame's callbacks and those before drew is passed on after them: with the next it is gone.
    globalThis.requestAnimationFrame?.(() => requestAnimationFrame(() => resolve()));
  });
}

function sourceOf(source: PostedSource): ImageSource {
  return "href" in source ? new URL(source.href) : source;
}

/** A copy that was posted is nobody else's. */
function closeIfPossible(source: PostedSource): void {
  if ("close" in source) source.close();
}
