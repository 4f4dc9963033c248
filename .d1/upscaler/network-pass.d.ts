import type { PreparedPlan, RunOptions } from "../gpu/executor.js";
import type { TileChoice } from "../graph/tile-choice.js";
import { type Orientation, type Rgba } from "../image/window.js";
import type { Pixels } from "../ops/pixels.js";
import type { TileForm } from "./network-planner.js";
import type { NetworkState } from "./network-state.js";
/** Rows of a result as RGBA, from row `y` on. */
export interface RgbaStrip {
    readonly y: number;
    readonly rows: number;
    readonly data: Rgba;
}
export interface PassSettings {
    readonly source: Pixels;
    /** Output pixels for each of the source's along an axis. */
    readonly scale: number;
    readonly outBits: 8 | 16;
    readonly tiles: TileChoice;
    readonly wraps: boolean;
    /** Self-ensemble: the mean over all eight orientations. */
    readonly tta: boolean;
}
/** What a running pass tells and asks. */
export interface PassEvents {
    /** Throws to stop. Called before each submit. */
    readonly checkpoint: () => void;
    /** Work done since the last call, in runs of a tile. */
    readonly advance: (runs: number) => void;
}
/** Some value of a tile was not finite. */
export declare class NotFinite extends Error {
}
/** Runs that a pass takes: tiles, and orientations of each. */
export declare function runsOf({ tiles, tta }: Pick<PassSettings, "tiles" | "tta">): number;
type FormSettings = Pick<PassSettings, "outBits" | "tiles" | "tta"> & {
    readonly source: Pick<Pixels, "bits" | "channels">;
};
/** The form of tile that a pass prepares for an orientation. */
export declare function tileForm({ source, outBits, tiles, tta }: FormSettings, { transpose }?: Orientation): TileForm;
/**
 * The result of `settings`, a strip for each row of tiles; rows before `firstRow` are left out and, where a row of tiles has
 * no others, not computed.
 * @throws NotFinite where a tile's values are not; EsrganError as NetworkState.prepare; what the checkpoint throws
 */
export declare function networkStrips(state: NetworkState, settings: PassSettings, events: PassEvents, firstRow?: number): AsyncGenerator<RgbaStrip, void, void>;
/**
 * Runs a plan from pixels to pixels.
 * @throws NotFinite; EsrganError "device-lost"; what the checkpoint throws
 */
export declare function runPixels(prepared: PreparedPlan, input: Rgba, options: RunOptions): Promise<ArrayBuffer>;
export {};
