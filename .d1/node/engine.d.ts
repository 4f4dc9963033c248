import { type Model, type Pixels, type Progress, type Strip, type UpscalePlan } from "../index.js";
import type { Command } from "./cli-arguments.js";
/** A network, ready to run. */
export interface Engine {
    readonly model: string;
    /** The adapter's name, or "cpu". */
    readonly adapter: string;
    readonly precision: string;
    /** How large the result of such a picture is, and what it takes on the GPU. */
    plan(picture: Omit<Pixels, "data">): Pick<UpscalePlan, "width" | "height" | "tiles" | "reason" | "dispatches" | "pipelines" | "peakBytes" | "weightBytes">;
    /** The larger picture, from the top. */
    strips(source: Pixels, events: EngineEvents): AsyncIterable<Strip>;
    destroy(): void;
}
export interface EngineEvents {
    onProgress(progress: EngineProgress): void;
    /** Hears in one sentence of what was done in another way than asked. */
    onNote(note: string): void;
}
export type EngineProgress = Omit<Progress, "etaMs"> & Partial<Progress>;
/** What of a command decides how pictures are made larger. */
export type EngineOptions = Pick<Command, "models" | "precision" | "backend" | "adapter" | "scale" | "tile" | "memoryBudget" | "alpha" | "tta" | "tileable">;
/**
 * An engine for `model`, which is what options.models name.
 * @throws EsrganError "bad-input" for options that the backend cannot honour, "unsupported-device"
 */
export declare function openEngine(model: Model, options: EngineOptions): Promise<Engine>;
