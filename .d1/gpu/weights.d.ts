import type { ConstantData } from "../ops/kernel.js";
export declare class WeightStore {
    #private;
    private readonly device;
    constructor(device: GPUDevice);
    /**
     * Uploads what of `constants` is not there yet. Calls must not overlap.
     * @throws EsrganError "out-of-memory"
     */
    require(constants: readonly ConstantData[]): Promise<void>;
    binding(key: string, byteLength: number): GPUBufferBinding;
    destroy(): void;
}
