// What runs in the page for multi-frame.test.ts: merges frames of every kind, and reads the results again through WebGPU.

import { superResolve, superResolveOnCpu } from "../../src/multi-frame/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { decode } from "../../src/picture/decode.js";
import { bitmapOf, imageDataOf } from "../../src/picture/sink.js";
import { framesOf, seededShifts, TEST_SCENE } from "../multi-frame/scene.js";
import { device, throughTexture } from "./pictures-page.js";

export { uncaptured } from "./pictures-page.js";

const SHIFTS = seededShifts(4);
const CALL = { shifts: SHIFTS, method: "back-projection", iterations: 4, scale: 2 } as const;

function frames(): Pixels[] {
  return framesOf(TEST_SCENE, SHIFTS, { width: 24, height: 17, channels: 3, scale: 2 });
}

/** What the CPU makes of the frames, as RGBA. */
export function reference(): { readonly values: number[]; readonly width: number; readonly height: number } {
  const merged = superResolveOnCpu(frames(), CALL);
  return { values: [...imageDataOf(merged, "srgb").data], width: merged.width, height: merged.height };
}

/** What superResolve() gives for frames of a kind where nothing is asked for: its class and its values. */
export async function mergedFrom(kind: "imageBitmap" | "imageData") {
  const gpu = await device();
  if (kind === "imageData") {
    const merged = await superResolve(
      gpu,
      frames().map((frame) => imageDataOf(frame, "srgb")),
      CALL,
    );
    return { type: merged.constructor.name, values: [...merged.data], width: merged.width, height: merged.height };
  }
  const bitmaps = await Promise.all(frames().map((frame) => bitmapOf(frame, "srgb")));
  const merging = superResolve(gpu, bitmaps, CALL);
  for (const bitmap of bitmaps) bitmap.close(); // they were read when the call was made
  const merged = await merging;
  return { type: merged.constructor.name, ...(await throughTexture(merged)) };
}

/** The file that superResolve() writes of files, and what it shows. */
export async function mergedFiles(type: string) {
  const bitmaps = await Promise.all(frames().map((frame) => bitmapOf(frame, "srgb")));
  const files = bitmaps.map((bitmap) => {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
    return canvas.convertToBlob();
  });
  const blob = await superResolve(await device(), await Promise.all(files), { ...CALL, output: "blob", type });
  return { type: blob.type, byteLength: blob.size, ...(await throughTexture(await decode(blob))) };
}

/** What a canvas holds that frames were merged into, and a bitmap that was asked for beside it. */
export async function mergedIntoCanvas(kind: "html" | "offscreen") {
  const canvas = kind === "html" ? document.createElement("canvas") : new OffscreenCanvas(3, 3);
  const gpu = await device();
  const bitmap = await superResolve(gpu, frames(), { ...CALL, output: "imageBitmap", canvas });
  const beside = await throughTexture(bitmap);
  const given = await superResolve(gpu, frames(), { ...CALL, canvas });
  const flat = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d")!;
  flat.drawImage(canvas, 0, 0);
  const { width, height } = canvas;
  const shown = { values: [...flat.getImageData(0, 0, width, height).data], width, height };
  return { isGiven: given === canvas, shown, beside };
}

/** The message of a call that is given a canvas with another context, and whether it had begun by then. */
export async function refusedCanvas() {
  const canvas = new OffscreenCanvas(2, 2);
  canvas.getContext("2d");
  let isBegun = false;
  const onProgress = () => {
    isBegun = true;
  };
  const merging = superResolve(await device(), frames(), { ...CALL, canvas, onProgress });
  return { message: await merging.then(String, (error: Error) => error.message), isBegun };
}

/** The message of a call that is refused. */
export async function refusal(output: string): Promise<string> {
  const merging = superResolve(await device(), frames(), { ...CALL, output: output as "blob" });
  return merging.then(
    () => "not refused",
    (error: Error) => error.message,
  );
}
