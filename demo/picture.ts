// Owns a picture in the queue: where it comes from, what became of it, and its thumbnail.

import type { UpscalePlan } from "esrgan-webgpu";
import { context2d, make } from "./dom.js";

export type PictureState = "waiting" | "running" | "done" | "failed" | "cancelled";

/** What is kept of a result. */
export interface Outcome {
  /** Without loss: as a bitmap each would take four bytes a pixel of memory. */
  readonly file: Blob;
  readonly width: number;
  readonly height: number;
  readonly plan: UpscalePlan;
  readonly modelLabel: string;
  /** Why this precision. */
  readonly reason: string;
  readonly loadMs: number;
  readonly computeMs: number;
  /** What was done in another way than asked. */
  readonly notes: readonly string[];
}

export interface Picture {
  readonly name: string;
  readonly file: Blob;
  readonly thumbnail: HTMLCanvasElement;
  readonly width: number;
  readonly height: number;
  state: PictureState;
  outcome?: Outcome;
  /** Why it failed: one sentence. */
  failure?: string;
}

const THUMBNAIL_SIDE = 112; // twice the pixels of the page, for screens that have them

/** @throws DOMException where the browser cannot decode the file */
export async function openPicture(file: Blob, name: string): Promise<Picture> {
  const bitmap = await createImageBitmap(file);
  try {
    const { width, height } = bitmap;
    const thumbnail = make("canvas", { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE });
    const side = Math.min(width, height);
    const context = context2d(thumbnail);
    context.imageSmoothingQuality = "high";
    const [left, top] = [(width - side) / 2, (height - side) / 2];
    context.drawImage(bitmap, left, top, side, side, 0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE);
    return { name, file, thumbnail, width, height, state: "waiting" };
  } finally {
    bitmap.close();
  }
}
