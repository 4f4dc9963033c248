// Owns what a call asks for: options checked, and the steps from the picture to the size asked for.

import { EsrganError } from "../errors.js";
import type { Network } from "../models/network.js";
import { defaultOverlap } from "../models/seams.js";
import { requireOptions } from "../options.js";
import type { AlphaMode, ResultOptions, TileOption } from "./result-options.js";
import { shown } from "./shown.js";

/** The options with nothing left open. */
export interface Request {
  readonly scale: number;
  /** How often the network runs, each time on the result before. */
  readonly passes: number;
  /** Whether the size that gives is another than the one asked for. */
  readonly resizes: boolean;
  readonly tileSize: number | undefined;
  readonly overlap: number;
  readonly alpha: AlphaMode;
  readonly tta: boolean;
  readonly tileable: boolean;
}

const LEAST_SCALE = 0.1;
const MOST_SCALE = 16;
const ALPHA_MODES: readonly AlphaMode[] = ["bicubic", "network", "ignore"];

/** @throws EsrganError "bad-input" naming the option */
export function requestOf(options: ResultOptions, network: Network): Request {
  const { scale = network.scale, tile = "auto", alpha = "bicubic", tta = false, tileable = false } = options;
  if (typeof scale !== "number" || !(scale >= LEAST_SCALE && scale <= MOST_SCALE)) {
    throw new EsrganError("bad-input", `scale must be a number from ${LEAST_SCALE} to ${MOST_SCALE}, got ${scale}`);
  }
  if (!ALPHA_MODES.includes(alpha)) {
    throw new EsrganError("bad-input", `alpha must be "bicubic", "network" or "ignore", got "${alpha}"`);
  }
  for (const [name, value] of Object.entries({ tta, tileable })) {
    if (typeof value !== "boolean") throw new EsrganError("bad-input", `${name} must be true or false, got ${value}`);
  }
  const passes = passesFor(scale, network.scale);
  return {
    scale,
    passes,
    resizes: network.scale ** passes !== scale,
    ...tileOf(tile, network),
    alpha,
    tta,
    tileable,
  };
}

/** The size of the result. */
export function resultSize(
  { width, height }: { readonly width: number; readonly height: number },
  scale: number,
): { width: number; height: number } {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** As often as reaches the scale, but once at least: a picture made smaller is still one restored. */
function passesFor(scale: number, networkScale: number): number {
  let passes = 1;
  if (networkScale > 1) for (let reached = networkScale; reached < scale; reached *= networkScale) passes++;
  return passes;
}

function tileOf(tile: TileOption, network: Network): Pick<Request, "tileSize" | "overlap"> {
  if (tile === "auto") return { tileSize: undefined, overlap: defaultOverlap(network) };
  const size = tile?.size;
  if (typeof tile !== "object" || tile === null || !Number.isInteger(size) || size < 1) {
    throw new EsrganError("bad-input", `tile must be "auto" or { size, overlap } in whole pixels, got ${shown(tile)}`);
  }
  requireOptions(tile, ["size", "overlap"], "tile");
  const { overlap } = tile;
  if (overlap !== undefined && !(Number.isInteger(overlap) && overlap >= 0)) {
    throw new EsrganError("bad-input", `tile.overlap must be a whole number of pixels, got ${overlap}`);
  }
  const isTooMuch = 2 * (overlap ?? 0) >= size;
  if (isTooMuch) {
    throw new EsrganError(
      "bad-input",
      `A tile of ${size} pixels leaves nothing beside an overlap of ${overlap} on both sides`,
    );
  }
  // A default that leaves too little of a small tile gives way to it.
  return { tileSize: size, overlap: overlap ?? Math.min(defaultOverlap(network), Math.floor(size / 4)) };
}
