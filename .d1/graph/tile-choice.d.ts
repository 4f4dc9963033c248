import { type Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
import type { FusedGraph } from "./fuse.js";
import { type AxisTiles } from "./tile-plan.js";
export interface TileRequest {
    /** The picture. */
    readonly width: number;
    readonly height: number;
    /** Sizes that the network takes are multiples of it. */
    readonly multiple: number;
    readonly overlap: number;
    readonly wraps: boolean;
    /** Whether tiles must fit lying on their side too. */
    readonly turned: boolean;
    /** The largest side of a tile, where the caller said one. */
    readonly size?: number | undefined;
    /** For the buffers of a tile. */
    readonly budget: number;
    readonly storage: Storage;
    readonly bits: 8 | 16;
    readonly outBits: 8 | 16;
    readonly device: DeviceCapabilities;
}
/** Tiles of one size, and into how many windows each cuts its tail. */
export interface TileChoice {
    readonly overlap: number;
    readonly columns: AxisTiles;
    readonly rows: AxisTiles;
    readonly windows: {
        readonly columns: number;
        readonly rows: number;
    };
}
/**
 * Chooses the tiles and windows that cost least.
 * @throws EsrganError "bad-input" where not even the smallest tile, or none of the asked size, fits the budget;
 *   "unsupported-device" where it is the device's limits that none fits
 */
export declare function chooseTiles(fused: FusedGraph, request: TileRequest): TileChoice;
