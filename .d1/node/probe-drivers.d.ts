/** An adapter as a driver describes it. */
export interface ProbedAdapter {
    /** The device's name, for example "NVIDIA GeForce RTX 4070" or "SwiftShader Device (Subzero)". */
    readonly name: string;
    /** The driver's description of itself. */
    readonly description: string;
    readonly vendor: string;
    readonly architecture: string;
    /** Whether it computes on the CPU. */
    readonly software: boolean;
    readonly features: readonly string[];
}
/**
 * The adapters of each driver, by its index in `drivers`; a driver that crashes or hangs has none. A null driver is the platform's own
 * choice, without a driver file.
 */
export declare function probeDrivers(webgpuUrl: string, loader: string | undefined, drivers: readonly (string | null)[], silenceLimitMs?: number): Promise<ProbedAdapter[][]>;
