import type { Network } from "../models/network.js";
/** "auto" chooses by device and memory budget; a size is the largest side of a tile in pixels of the source. */
export type TileOption = "auto" | {
    readonly size: number;
    readonly overlap?: number | undefined;
};
/** How alpha is made larger: resized bicubically, run through the network as gray, or taken for opaque. */
export type AlphaMode = "bicubic" | "network" | "ignore";
/** What of a call decides what is computed. */
export interface ResultOptions {
    /** Output pixels for each of the source's along an axis, 0.1 to 16; by default the network's own. */
    readonly scale?: number | undefined;
    readonly tile?: TileOption | undefined;
    readonly alpha?: AlphaMode | undefined;
    /** Self-ensemble: the mean of the results for the picture in eight orientations, eight times the work. */
    readonly tta?: boolean | undefined;
    /** The picture goes on at its other side: a texture without seams stays one. */
    readonly tileable?: boolean | undefined;
}
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
/** @throws EsrganError "bad-input" naming the option */
export declare function requestOf(options: ResultOptions, network: Network): Request;
/** The size of the result. */
export declare function resultSize({ width, height }: {
    readonly width: number;
    readonly height: number;
}, scale: number): {
    width: number;
    height: number;
};
/** The levels of 255 by which seams show at most, as far as was measured; undefined for less overlap than that. */
export declare function seamLevels(network: Network, overlap: number): number | undefined;
