// Owns the way from a page to a worker: questions and their answers, progress, aborting, and what follows where the worker fails.

import { EsrganError, errorOf } from "../errors.js";
import type { RunOptions } from "../upscaler.js";
import { onAbort } from "../weights/abort-listener.js";
import type { ReadOptions } from "../weights/byte-source.js";
import { ownBitmap } from "./own-bitmap.js";
import { type Ask, isMarked, marked, type ToPage, type ToWorker } from "./protocol.js";
import { CanvasNumbers } from "./source.js";

export interface AskOptions extends Omit<RunOptions, "onProgress"> {
  /** Of a call, or of a model that is loaded. */
  readonly onProgress?: RunOptions["onProgress"] | ReadOptions["onProgress"];
  readonly transfer?: Transferable[] | undefined;
}

interface Waiting extends Omit<AskOptions, "transfer"> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const links = new WeakMap<Worker, WorkerLink>();

export class WorkerLink {
  /** Of all Upscalers in the worker. */
  readonly canvases = new CanvasNumbers();
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #failure: EsrganError | undefined;

  private constructor(private readonly worker: Worker) {
    worker.addEventListener("message", ({ data }) => {
      if (isMarked(data)) this.#hear(data as ToPage);
    });
    worker.addEventListener("error", ({ message }) => {
      this.#fail(new EsrganError("internal", `The worker failed: ${message || "its script could not be loaded"}`));
    });
    worker.addEventListener("messageerror", () => {
      this.#fail(new EsrganError("internal", "The worker sent what cannot be read here"));
    });
  }

  /** To a worker of the package's script, a file of its own. Where it is holds from the folder of the one-file library too. */
  static start(): WorkerLink {
    return WorkerLink.to(
      new Worker(new URL("../worker/script.js", import.meta.url), { type: "module", name: "esrgan-webgpu" }),
    );
  }

  /** To a worker that calls serve(). */
  static to(worker: Worker): WorkerLink {
    const found = links.get(worker) ?? new WorkerLink(worker);
    links.set(worker, found);
    return found;
  }

  /** One that was not given before. */
  number(): number {
    return ++this.#last;
  }

  /**
   * Asks, and gives the answer.
   * @throws signal.reason as soon as it is aborted; what the worker's work throws; EsrganError "internal" where the worker failed
   */
  ask(ask: Ask, options: AskOptions = {}): Promise<unknown> {
    return this.#ask(this.number(), ask, options);
  }

  /** Asks for something that goes on: progress and notes are heard until it is closed. Gives its number. */
  async open(ask: Ask, options: AskOptions): Promise<number> {
    const id = this.number();
    await this.#ask(id, ask, options);
    const nothing = () => {};
    this.#waiting.set(id, { ...options, resolve: nothing, reject: nothing });
    return id;
  }

  close(id: number): void {
    this.#waiting.delete(id);
  }

  destroy(upscaler: number): void {
    this.#post({ kind: "destroy", upscaler });
  }

  /** Ends the worker; what it was asked for fails. */
  terminate(why = new EsrganError("internal", "The worker was terminated")): void {
    this.worker.terminate();
    this.#fail(why);
  }

  #ask(id: number, ask: Ask, { transfer = [], signal, ...events }: AskOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      signal?.throwIfAborted();
      const abort = () => {
        this.#waiting.delete(id);
        this.#post({ kind: "abort", id });
        reject(signal!.reason);
      };
      let leave: (() => void) | undefined;
      const settle = (end: () => void) => {
        leave?.();
        end();
      };
      this.#waiting.set(id, {
        ...events,
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      });
      try {
        this.#post({ kind: "ask", id, ask }, transfer);
      } catch (cause) {
        this.#waiting.delete(id);
        throw new EsrganError("bad-input", `This cannot be sent to a worker: ${(cause as Error).message}`, { cause });
      }
      leave = signal && onAbort(signal, abort);
    });
  }

  #hear(message: ToPage): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return; // it was aborted meanwhile
    switch (message.kind) {
      case "progress":
        (waiting.onProgress as ((progress: unknown) => void) | undefined)?.(message.progress);
        return;
      case "note":
        waiting.onNote?.(message.note);
        return;
      case "done":
        this.#waiting.delete(message.id);
        waiting.resolve(message.ofGpu ? ownBitmap(message.value as ImageBitmap, message.ofGpu) : message.value);
        return;
      case "failed":
        this.#waiting.delete(message.id);
        waiting.reject(errorOf(message.error));
    }
  }

  #fail(error: EsrganError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #post(message: Parameters<typeof marked<ToWorker>>[0], transfer: Transferable[] = []): void {
    this.worker.postMessage(marked<ToWorker>(message), transfer);
  }
}
