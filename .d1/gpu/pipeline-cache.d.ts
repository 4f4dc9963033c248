import type { PlannedPipeline } from "../graph/execution-plan.js";
export interface CompiledPipeline {
    readonly pipeline: GPUComputePipeline;
    readonly layout: GPUBindGroupLayout;
}
/**
 * Compiles `planned`, or finds what an earlier call compiled on this device.
 * @throws EsrganError "internal" with the compiler's message, if the device refuses the shader
 */
export declare function compilePipeline(device: GPUDevice, planned: PlannedPipeline): Promise<CompiledPipeline>;
