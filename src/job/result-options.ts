// Owns the options of a call that decide what is computed. What they come to for a network is request.ts.

/** "auto" chooses by device and memory budget; a size is the largest side of a tile in pixels of the source. */
export type TileOption =
  | "auto"
  | {
      /** The largest side of a tile in pixels of the source. */
      readonly size: number;
      /** Pixels of the source that neighbours share on each side; by default what hides seams (docs/tiles.md), or a quarter of smaller tiles. */
      readonly overlap?: number | undefined;
    };

/** How alpha is made larger: resized bicubically, run through the network as gray, or taken for opaque. */
export type AlphaMode = "bicubic" | "network" | "ignore";

/** What of a call decides what is computed. */
export interface ResultOptions {
  /** Output pixels for each of the source's along an axis, 0.1 to 16; by default the network's own. */
  readonly scale?: number | undefined;
  /** How the picture is cut; "auto" by default. */
  readonly tile?: TileOption | undefined;
  /** How alpha is made larger; "bicubic" by default. */
  readonly alpha?: AlphaMode | undefined;
  /** Self-ensemble: the mean of the results for the picture in eight orientations, eight times the work. */
  readonly tta?: boolean | undefined;
  /** The picture goes on at its other side: a texture without seams stays one. */
  readonly tileable?: boolean | undefined;
}

export const RESULT_OPTIONS = [
  "scale",
  "tile",
  "alpha",
  "tta",
  "tileable",
] as const satisfies readonly (keyof ResultOptions)[];
