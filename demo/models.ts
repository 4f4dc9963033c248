// Owns which networks may be chosen: those that the site has, and those that were dropped onto the page.

import type { WeightsLoader } from "esrgan-webgpu";
import { mixedWeights } from "./mix.js";

/** What a worker can be given as a model. */
export type Weights = string | URL | Blob | WeightsLoader;

export interface ModelChoice {
  /** The same for the same weights. */
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly weights: Weights;
  /** What the file leaves open. */
  readonly stated?: Readonly<Record<string, string>> | undefined;
}

/** Addresses of the weights that the site has: vite.config.ts says which. */
declare const __FETCHED_MODELS__: readonly string[];

const weightsPath = (name: string) => `models/${name}/${name}.safetensors`;
const weightsUrl = (name: string) => new URL(weightsPath(name), document.baseURI);

const DEFAULT = "general-x4v3";

const NAMED: readonly ModelChoice[] = [
  {
    key: DEFAULT,
    label: "Photos, fast",
    hint: "Real-ESRGAN general-x4v3: a small network for photos. It comes with the page.",
    weights: DEFAULT,
  },
  {
    key: "x4plus",
    label: "Photos, best",
    hint: "Real-ESRGAN x4plus: 34 MB, fetched once, and some thirty times the work.",
    weights: weightsUrl("x4plus"),
  },
  {
    key: "anime-6b",
    label: "Drawings",
    hint: "Real-ESRGAN x4plus anime 6B: 9 MB, fetched once.",
    weights: weightsUrl("anime-6b"),
  },
];

/** The default first, which is a part of the library. */
export const SITE_MODELS = NAMED.filter(({ key }) => key === DEFAULT || __FETCHED_MODELS__.includes(weightsPath(key)));

const NETWORK_FILE = /\.(safetensors|pth|pt)$/i;

export function isNetworkFile(file: File): boolean {
  return NETWORK_FILE.test(file.name);
}

let dropped = 0;

/** A network that was dropped. What is no network is refused when it is to run. */
export function droppedModel(file: File): ModelChoice {
  const label = file.name.replace(NETWORK_FILE, "");
  const size = file.size < 1e5 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 2 ** 20).toFixed(1)} MB`;
  return { key: `dropped-${++dropped}`, label, hint: `${file.name}, ${size}, from your disk.`, weights: file };
}

/** A network between two of one architecture; `share` of the second is 0 to 1. */
export function mixedModel(first: ModelChoice, second: ModelChoice, share: number): ModelChoice {
  if (share === 0) return first;
  if (share === 1) return second;
  return {
    key: `${first.key}:${1 - share}+${second.key}:${share}`,
    label: `${first.label} and ${second.label}`,
    hint: first.hint,
    weights: ({ signal }) => mixedWeights([first, second], share, signal),
  };
}
