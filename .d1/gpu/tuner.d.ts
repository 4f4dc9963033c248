import type { DeviceCapabilities } from "../graph/capabilities.js";
import { type FusedGraph } from "../graph/fuse.js";
import { type TuningTable } from "../graph/tuning.js";
import type { Storage } from "../shaders/kernel.js";
export interface TuneOptions {
    /** Milliseconds of GPU time for all measurements together; compiling is not counted. Half a second by default. */
    readonly budgetMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Measures software adapters too, which otherwise take the table of devices as it is. */
    readonly software?: boolean | undefined;
    /** Width and height of the measured picture. */
    readonly size?: number | undefined;
}
/**
 * Measures the variants for each form of convolution in `fused`, at the shape of it that costs most.
 * @throws EsrganError "out-of-memory" or "device-lost"; signal.reason if aborted
 */
export declare function tune(device: GPUDevice, fused: FusedGraph, capabilities: DeviceCapabilities, storage: Storage, options?: TuneOptions): Promise<TuningTable>;
