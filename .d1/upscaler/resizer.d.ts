import { type ResizePlan } from "../graph/resize-plan.js";
import { type Rgba } from "../image/window.js";
import { type RgbaStrip } from "./network-pass.js";
/** A picture of which windows are asked for from the top down. */
export interface WindowSource {
    readonly width: number;
    readonly height: number;
    window(columns: Int32Array, rows: Int32Array): Promise<Rgba>;
}
/** A picture that comes strip by strip; rows above those asked for last are let go. */
export declare class StripSource implements WindowSource {
    #private;
    private readonly strips;
    readonly width: number;
    readonly height: number;
    constructor(strips: AsyncIterator<RgbaStrip>, width: number, height: number, bits: 8 | 16);
    window(columns: Int32Array, rows: Int32Array): Promise<Rgba>;
}
/**
 * `source` resized as planned, in strips from the top down. Frees what it made, however it ends.
 * @throws EsrganError "out-of-memory", "device-lost"; what the checkpoint throws
 */
export declare function resizedStrips(device: GPUDevice, plan: ResizePlan, source: WindowSource, { wraps, bits, checkpoint }: {
    readonly wraps: boolean;
    readonly bits: 8 | 16;
    readonly checkpoint: () => void;
}): AsyncGenerator<RgbaStrip, void, void>;
