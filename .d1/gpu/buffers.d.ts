export declare const USAGE: {
    readonly mapRead: 1;
    readonly copySrc: 4;
    readonly copyDst: 8;
    readonly uniform: 64;
    readonly storage: 128;
};
export declare const MAP_READ = 1;
export interface BufferRequest {
    readonly label: string;
    readonly byteLength: number;
    readonly usage: number;
}
/**
 * Makes all of `requests` or none.
 * @throws EsrganError "out-of-memory" with the figures, or "unsupported-device" where a size passes a limit
 */
export declare function createBuffers(device: GPUDevice, requests: readonly BufferRequest[]): Promise<GPUBuffer[]>;
