import type { PlannedBuffer, RunnablePlan } from "../graph/execution-plan.js";
import type { WeightStore } from "./weights.js";
export interface RunOptions {
    /** Called before each submit; what it throws stops the run. */
    readonly checkpoint?: (() => void) | undefined;
    /** Called after each submit with the work done and in total, in dispatches weighed by their FLOPs. */
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
}
/** A plan ready to run: pipelines compiled, buffers made, weights uploaded. */
export declare class PreparedPlan<P extends RunnablePlan = RunnablePlan> {
    #private;
    readonly plan: P;
    private readonly device;
    private readonly pipelines;
    private readonly buffers;
    private readonly bindGroups;
    private constructor();
    /**
     * Compiles the pipelines in parallel, uploads missing weights meanwhile, and makes the buffers.
     * @throws EsrganError "out-of-memory", "device-lost" or "internal"
     */
    static create<P extends RunnablePlan>(device: GPUDevice, plan: P, weights: WeightStore): Promise<PreparedPlan<P>>;
    /** The buffer of a role; `activations` are asked for by index. */
    buffer(role: Exclude<PlannedBuffer["role"], "activations">): GPUBuffer;
    slot(index: number): GPUBuffer;
    /** Records the dispatches from `from` until `to`; submits nothing. */
    encode(encoder: GPUCommandEncoder, from?: number, to?: number): void;
    /**
     * Runs every dispatch, in submits of about 50 ms each by the speed measured so far, one of them waiting behind the one that
     * runs: the device is never idle, and never has more before it than a tenth of a second.
     * @throws what the checkpoint throws; EsrganError "device-lost", also where a submit does not end
     */
    run({ checkpoint, onProgress }?: RunOptions): Promise<void>;
    /** Writes the picture to read, its header to write, or tables, from their first byte on. */
    write(role: "picture-in" | "picture-out" | "tables", data: ArrayBufferView<ArrayBuffer>): void;
    /**
     * Reads the whole picture that was written, header and all.
     * @throws EsrganError "device-lost"
     */
    readPicture(): Promise<ArrayBuffer>;
    /**
     * Reads `byteLength` bytes of `source` through `staging`, which must be as large.
     * @throws EsrganError "device-lost", also where the result does not come
     */
    read(source: GPUBuffer, offset: number, staging: GPUBuffer, byteLength: number): Promise<ArrayBuffer>;
    destroy(): void;
}
