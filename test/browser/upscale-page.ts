// What runs in the page for upscale-pictures.test.ts: a source of any kind through upscale() into every kind of result.

import { upscale } from "../../src/upscale.js";
import type { Upscaler } from "../../src/upscaler.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { device, uncaptured } from "./pictures-page.js";
import { premultiplied, type Read, readResult, resultIn, SINKS, type Sink, verdictOf } from "./upscale-read.js";
import { heldBy, quickTuning, type Served, sourceOf, spoil, upscaler, WEIGHTS } from "./upscale-sources.js";

export { uncaptured };

const known = new Map<string, Promise<Read>>();

/** The picture's result by way of raw pixels. */
function wantedOf(owner: Upscaler, raw: Awaited<ReturnType<typeof heldBy>>): Promise<Read> {
  const key = `${raw.width}x${raw.height} ${raw.data.join()}`;
  const wanted = known.get(key) ?? owner.upscale(raw, { output: "pixels" }).then(readResult);
  known.set(key, wanted);
  return wanted;
}

export type Found = { readonly [S in Sink]: string };

/**
 * How the results of every kind differ from those of raw pixels. With `isSpoilt` each source is closed, destroyed or overwritten
 * in the line after the call.
 */
export async function intoAll(kind: string, given: Served, isSpoilt = false): Promise<Found> {
  const owner = await upscaler();
  const found: Partial<Record<Sink, string>> = {};
  let source = await sourceOf(kind, given);
  const wanted = await wantedOf(owner, await heldBy(kind, source, given));
  for (const sink of SINKS) {
    if (isSpoilt) source = await sourceOf(kind, given);
    const running = resultIn(owner, sink, source);
    if (isSpoilt) await spoil(source);
    found[sink] = verdictOf(
      await running,
      sink.endsWith("Element") || sink.endsWith("Canvas") ? premultiplied(wanted) : wanted,
    );
  }
  if (!isSpoilt) await spoil(source);
  return found as Found;
}

/** The same into pixels, from the call that takes a device, whose model comes long after. */
export async function beforeModel(kind: string, given: Served): Promise<string> {
  const gpu = await device();
  const source = await sourceOf(kind, given);
  const wanted = await wantedOf(await upscaler(), await heldBy(kind, source, given));
  let load = () => {};
  const asked = new Promise<void>((resolve) => {
    load = resolve;
  });
  const model = () => asked.then(() => serializeSafetensors(WEIGHTS));
  const options = { model, precision: "f32", tuning: quickTuning(gpu), output: "pixels" } as const;
  const running = upscale(gpu, source, options);
  await spoil(source);
  await gpu.queue.onSubmittedWorkDone();
  load();
  return verdictOf(await readResult(await running), wanted);
}
