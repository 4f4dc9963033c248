import { type Pixels } from "../index.js";
import type { WeightedModel } from "./cli-arguments.js";
/** What the worker is given. */
export interface CpuTask {
    readonly models: readonly WeightedModel[];
    readonly source: Pixels;
}
/** What the worker says. */
export type CpuAnswer = {
    readonly kind: "progress";
    readonly progress: {
        readonly done: number;
        readonly total: number;
    };
} | {
    readonly kind: "done";
    readonly pixels: Pixels;
};
/** @throws EsrganError "internal" where the worker ends without a picture, such as out of memory */
export declare function upscaleInWorker(models: readonly WeightedModel[], source: Pixels, onProgress: (progress: {
    done: number;
    total: number;
}) => void): Promise<Pixels>;
