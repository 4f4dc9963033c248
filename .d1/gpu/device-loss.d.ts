/** How long to wait at most, and what for. */
export interface WaitLimit {
    readonly ms: number;
    readonly what: string;
}
/**
 * `promise`, or a failure as soon as the device is lost, or once it took longer than `limit`.
 * @throws EsrganError "device-lost"
 */
export declare function untilLost<T>(device: GPUDevice, promise: Promise<T>, limit?: WaitLimit): Promise<T>;
