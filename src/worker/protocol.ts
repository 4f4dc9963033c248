// Owns what page and worker say to each other: plain data that can be posted. Messages are marked, so that a worker of the page's own may
// have others beside them.

import type { ErrorText, EsrganErrorData } from "../errors.js";
import type { Progress } from "../job/progress.js";
import type { LoadModelOptions } from "../models/model.js";
import type { OutputKind } from "../picture/output-kind.js";
import type { ColorSpace, RawPixels, SharpPixels } from "../picture/source.js";
import type { UpscaleOptions, UpscalerOptions } from "../upscaler.js";
import type { LoadProgress } from "../weights/byte-source.js";

const MARK = "esrgan-webgpu";

/** A picture as it is posted. */
export type PostedSource =
  | RawPixels
  | SharpPixels
  | ImageData
  | ImageBitmap
  | VideoFrame
  | Blob
  | { readonly href: string };

/** A model that can be posted: its address, or the bytes of one. */
export type PostedModel = string | ArrayBuffer | Uint8Array | Blob;

/** Options of createUpscaler that can be posted, and whether an adapter that computes on the CPU will do. */
export interface PostedUpscalerOptions extends Omit<UpscalerOptions, "model" | "load"> {
  readonly model: PostedModel;
  readonly load: Pick<LoadModelOptions, "cache" | "sha256" | "name" | "stated">;
  readonly allowSoftware: boolean;
}

export type PostedUpscaleOptions = Omit<UpscaleOptions, "signal" | "onProgress" | "onNote" | "canvas" | "output"> & {
  readonly output: OutputKind;
};

/** A canvas of the page: itself with the first call that draws into it, its number with those after. */
export interface PostedCanvas {
  readonly number: number;
  readonly canvas?: OffscreenCanvas;
}

/** What the page asks for. `upscaler` is a number that the page gave it. */
export type Ask =
  | { readonly what: "create"; readonly upscaler: number; readonly options: PostedUpscalerOptions }
  | {
      readonly what: "call";
      readonly upscaler: number;
      readonly method: PostedMethod;
      readonly args: readonly unknown[];
    }
  | {
      readonly what: "upscale";
      readonly upscaler: number;
      readonly source: PostedSource;
      readonly options: PostedUpscaleOptions;
      readonly canvas: PostedCanvas | undefined;
    }
  | { readonly what: "strips"; readonly upscaler: number; readonly source: PostedSource; readonly options: object }
  | { readonly what: "next" | "leave"; readonly strips: number };

/** Methods whose arguments and results are plain data. */
export type PostedMethod = "plan" | "prepare" | "tune";

export type ToWorker =
  | { readonly mark: typeof MARK; readonly kind: "ask"; readonly id: number; readonly ask: Ask }
  | { readonly mark: typeof MARK; readonly kind: "abort"; readonly id: number }
  | { readonly mark: typeof MARK; readonly kind: "destroy"; readonly upscaler: number };

export type ToPage =
  | {
      readonly mark: typeof MARK;
      readonly kind: "done";
      readonly id: number;
      readonly value: unknown;
      /** Where the value is a bitmap whose pixels may be gone once the worker has ended: its colours. */
      readonly ofGpu: ColorSpace | undefined;
    }
  | {
      readonly mark: typeof MARK;
      readonly kind: "failed";
      readonly id: number;
      readonly error: EsrganErrorData | ErrorText;
    }
  | {
      readonly mark: typeof MARK;
      readonly kind: "progress";
      readonly id: number;
      readonly progress: Progress | LoadProgress;
    }
  | { readonly mark: typeof MARK; readonly kind: "note"; readonly id: number; readonly note: string };

type Unmarked<T> = T extends unknown ? Omit<T, "mark"> : never;

export function marked<T extends ToWorker | ToPage>(message: Unmarked<T>): T {
  return { mark: MARK, ...message } as unknown as T;
}

export function isMarked(data: unknown): boolean {
  return typeof data === "object" && data !== null && (data as { mark?: unknown }).mark === MARK;
}

/** What of a result moves to the page instead of being copied. */
export function transferables(value: unknown): Transferable[] {
  if (typeof value !== "object" || value === null) return [];
  if (typeof ImageBitmap !== "undefined" && value instanceof ImageBitmap) return [value];
  const { data } = value as { readonly data?: unknown };
  return ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : [];
}
