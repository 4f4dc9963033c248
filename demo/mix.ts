// Owns the page's side of mixing networks: a worker that is started for it, so that the page goes on.

import { EsrganError, type EsrganErrorData } from "esrgan-webgpu";
import type { ModelChoice, Weights } from "./models.js";

export interface MixRequest {
  readonly parts: readonly { readonly weights: string | Blob; readonly name: string; readonly weight: number }[];
}

export type MixAnswer = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly error: EsrganErrorData };

/**
 * The weights between two networks of one architecture as a .safetensors file; `share` of the second is 0 to 1.
 * @throws EsrganError as interpolateModels and loadModel; signal.reason if aborted
 */
export function mixedWeights(
  [first, second]: readonly [ModelChoice, ModelChoice],
  share: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = ({ weights, label }: ModelChoice, weight: number) => ({ weights: posted(weights), name: label, weight });
  const request: MixRequest = { parts: [part(first, 1 - share), part(second, share)] };
  const worker = new Worker(new URL("./mix-worker.ts", import.meta.url), { type: "module" });
  return new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.onmessage = ({ data }: MessageEvent<MixAnswer>) => {
      if ("bytes" in data) resolve(data.bytes);
      else reject(EsrganError.from(data.error));
    };
    worker.onerror = ({ message }) => reject(new EsrganError("internal", `The networks were not mixed: ${message}`));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

function posted(weights: Weights): string | Blob {
  if (weights instanceof URL) return weights.href;
  if (typeof weights === "function") throw new EsrganError("bad-input", "A mixed network cannot be mixed again");
  return weights;
}
