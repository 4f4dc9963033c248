// Owns where the weights of models with a name come from: the default's are a lazily imported module of this package, the others' are in
// companion packages, which are found where they are installed.

import { EsrganError } from "../errors.js";
import type { ByteSource, ReadOptions } from "../weights/byte-source.js";

/**
 * What a companion package exports by default: it gives its weights, or where they are. It is given the options, for loaders that fetch by
 * themselves.
 */
export type WeightsLoader = (options: ReadOptions) => ByteSource | Promise<ByteSource>;

/**
 * The weights of the model `name`, which `companion` exports, a package or an entry of one, or this package where that is undefined.
 * @throws EsrganError "unsupported-model" naming what to install, "network"
 */
export async function namedWeights(name: string, companion: string | undefined): Promise<Uint8Array | WeightsLoader> {
  if (companion === undefined) return defaultWeights(name);
  try {
    // Not for bundlers to follow: the package is optional.
    const { default: load } = await import(/* @vite-ignore */ /* webpackIgnore: true */ companion);
    return load;
  } catch (cause) {
    throw new EsrganError(
      "unsupported-model",
      `The model "${name}" is in its own package: npm install ${packageName(companion)}, and in a bundled page pass the default export of ${companion} as the model`,
      { cause },
    );
  }
}

/** "@scope/name" of "@scope/name/entry". */
function packageName(specifier: string): string {
  return specifier.split("/").slice(0, 2).join("/");
}

async function defaultWeights(name: string): Promise<Uint8Array> {
  let base64: string;
  try {
    ({ default: base64 } = await import("../../models/general-x4v3/general-x4v3.js"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EsrganError("network", `The module with the weights of ${name} did not load: ${why}`, { cause });
  }
  return fromBase64(base64);
}

function fromBase64(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
