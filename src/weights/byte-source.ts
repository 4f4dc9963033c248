// Owns what weights may be read from, how each is called in messages, and the options of reading. The reading is read-bytes.ts.

import { EsrganError } from "../errors.js";
import { isDetached } from "../ops/checks.js";
import { printableName } from "./printable-name.js";
import { systemFiles } from "./system-file.js";

/** How far a file has come. */
export interface LoadProgress {
  /** Bytes so far. */
  readonly loaded: number;
  /** Bytes in all, where they are known. */
  readonly total: number | undefined;
}

/** How weights are read, wherever they come from. */
export interface ReadOptions {
  /** Called with the bytes read and, where known, the bytes in all. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Stops the reading, which rejects with signal.reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Keep what a URL gives in Cache Storage once it was checked and parsed, and take it from there the next time. True by default; without
   * effect where there is no Cache Storage.
   */
  readonly cache?: boolean | undefined;
  /** The SHA-256 that the bytes must have, in hexadecimal. */
  readonly sha256?: string | undefined;
}

export const READ_OPTIONS = [
  "onProgress",
  "signal",
  "cache",
  "sha256",
] as const satisfies readonly (keyof ReadOptions)[];

/** @throws EsrganError "bad-input" where `sha256` is no SHA-256 in hexadecimal */
export function requireHexadecimal(sha256: string): string {
  if (typeof sha256 === "string" && /^[\da-f]{64}$/i.test(sha256)) return sha256.toLowerCase();
  throw new EsrganError(
    "bad-input",
    `sha256 must be 64 hexadecimal digits, got ${typeof sha256 === "string" ? JSON.stringify(sha256) : String(sha256)}`,
  );
}

/** A string is a URL or, in Node, the path of a file. */
export type ByteSource = ArrayBuffer | Uint8Array | Blob | Response | URL | string;

/** Where bytes are, once it is settled what a string means. */
export type Origin =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "blob"; readonly blob: Blob }
  | { readonly kind: "response"; readonly response: Response }
  | { readonly kind: "url"; readonly url: URL }
  | { readonly kind: "file"; readonly path: string };

/** @throws EsrganError "bad-input" where `source` is nothing that weights can be read from */
export function originOf(source: ByteSource): Origin {
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    if (isDetached(source instanceof Uint8Array ? source.buffer : source)) {
      throw new EsrganError("bad-input", "The bytes of the model are in an ArrayBuffer that was transferred elsewhere");
    }
    return { kind: "bytes", bytes: source instanceof Uint8Array ? source : new Uint8Array(source) };
  }
  if (typeof Blob !== "undefined" && source instanceof Blob) return { kind: "blob", blob: source };
  if (typeof Response !== "undefined" && source instanceof Response) return { kind: "response", response: source };
  if (typeof source === "string" || source instanceof URL) return originOfAddress(source);
  const wanted = "Weights must be an ArrayBuffer, Uint8Array, Blob, Response, URL or string";
  throw new EsrganError("bad-input", `${wanted}, got ${Object.prototype.toString.call(source).slice(8, -1)}`);
}

// A letter alone is a drive of Windows.
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

function originOfAddress(address: string | URL): Origin {
  const files = systemFiles();
  const base = pageAddress();
  if (typeof address === "string" && files && base === undefined && !SCHEME.test(address)) {
    return { kind: "file", path: address };
  }
  let url: URL;
  try {
    url = new URL(address, base);
  } catch (cause) {
    throw new EsrganError("bad-input", `"${printableName(String(address))}" is no URL of a model`, { cause });
  }
  return url.protocol === "file:" && files ? { kind: "file", path: files.pathOf(url) } : { kind: "url", url };
}

/** What relative URLs start from: undefined outside pages and workers. */
function pageAddress(): string | undefined {
  const { document, location } = globalThis as { document?: { baseURI?: string }; location?: { href?: string } };
  return document?.baseURI ?? location?.href;
}

/** How messages call it; `isNamed` where that tells which of several it is. */
export function titleOf(origin: Origin): { readonly title: string; readonly isNamed: boolean } {
  switch (origin.kind) {
    case "url":
      return { title: `The model at ${shortUrl(origin.url.href)}`, isNamed: true };
    case "file":
      return { title: `The model file ${printableName(origin.path)}`, isNamed: true };
    case "response":
      return origin.response.url
        ? { title: `The model at ${shortUrl(origin.response.url)}`, isNamed: true }
        : { title: "The Response", isNamed: false };
    case "blob": {
      const { name } = origin.blob as Partial<File>;
      return name
        ? { title: `The model file ${printableName(name)}`, isNamed: true }
        : { title: "The Blob", isNamed: false };
    }
    case "bytes":
      return { title: "What was given as weights", isNamed: false };
  }
}

/** A data: URL is as long as what it holds. */
function shortUrl(url: string): string {
  return printableName(url.startsWith("data:") ? `${url.slice(0, 40)}...` : url);
}

/** Its path, a File's name, or the last part of its URL. */
export function fileNameOf(origin: Origin): string | undefined {
  if (origin.kind === "file") return origin.path;
  if (origin.kind === "blob") return (origin.blob as Partial<File>).name;
  return origin.kind === "url" ? /[^/]+$/.exec(origin.url.pathname)?.[0] : undefined;
}
