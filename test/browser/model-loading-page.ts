// What runs in the page for model-loading.test.ts: models loaded as a page loads them, with the browser's own requests and Cache Storage.

import { openDevice } from "../../src/browser.js";
import { EsrganError, isSupported, type LoadModelOptions, loadModel } from "../../src/index.js";

export interface Outcome {
  readonly code?: string;
  readonly message?: string;
  readonly scale?: number;
  /** What was heard last. */
  readonly progress?: { readonly loaded: number; readonly total: number | undefined } | undefined;
}

export async function load(url: string, options: Pick<LoadModelOptions, "sha256" | "cache"> = {}): Promise<Outcome> {
  let progress: Outcome["progress"];
  try {
    const onProgress = (heard: NonNullable<typeof progress>) => {
      progress = heard;
    };
    const { network } = await loadModel(url, { ...options, onProgress });
    return { scale: network.scale, progress };
  } catch (error) {
    return EsrganError.from(error).toJSON();
  }
}

/** The addresses of all that is kept. */
export async function keptUrls(): Promise<string[]> {
  const cache = await caches.open("esrgan-webgpu");
  return (await cache.keys()).map(({ url }) => url);
}

export async function forgetAll(): Promise<void> {
  await caches.delete("esrgan-webgpu");
}

export async function keep(url: string, body: string): Promise<void> {
  const cache = await caches.open("esrgan-webgpu");
  await cache.put(url, new Response(body));
}

const { put } = Cache.prototype;
let releases: (() => void)[] = [];

/** From now on nothing that is written to a cache ends. */
export function holdWrites(): void {
  Cache.prototype.put = async function (...given) {
    await new Promise<void>((resolve) => releases.push(resolve));
    await put.apply(this, given);
  };
}

/** What was held goes on. */
export function releaseWrites(): void {
  Cache.prototype.put = put;
  for (const release of releases) release();
  releases = [];
}

/** What a worker that fails sends, as the page receives it. */
export async function postedError(): Promise<Outcome & { readonly isOurs: boolean }> {
  const { port1, port2 } = new MessageChannel();
  const error = new EsrganError("network", "The model is out of reach", { cause: () => "not to be copied" });
  const arrived = new Promise<unknown>((resolve) => {
    port2.onmessage = ({ data }) => resolve(data);
  });
  port1.postMessage(error.toJSON());
  const received = EsrganError.from(await arrived);
  port1.close();
  const { code, message } = received;
  return { code, message, isOurs: received instanceof EsrganError };
}

export async function support() {
  return isSupported();
}

export async function opened(options: Parameters<typeof openDevice>[0]) {
  try {
    const { device, name, software, destroy } = await openDevice(options);
    const lost = device.lost.then(({ reason }) => reason);
    destroy();
    return { name, software, lost: await lost };
  } catch (error) {
    return EsrganError.from(error).toJSON();
  }
}
