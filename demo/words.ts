// Owns figures and failures in words. Pure.

/** Whole seconds, as minutes where there are many. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** As exactly as is worth telling. */
export function milliseconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function loadingText(loaded: number): string {
  return `Loading the network, ${(loaded / 2 ** 20).toFixed(1)} MB`;
}

/** Of a network that goes from tile to tile. */
export function computingText(tiles: number, share: number, etaMs: number): string {
  const tile = tiles > 1 ? `Tile ${Math.min(tiles, Math.floor(share * tiles) + 1)} of ${tiles}` : "";
  const left = Number.isFinite(etaMs) ? `${duration(etaMs)} left` : "";
  return [tile, left].filter(Boolean).join(", ") || "Computing";
}

/** What went wrong, as a sentence. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
