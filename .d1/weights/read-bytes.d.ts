export interface ReadOptions {
    /** Called with the bytes read and, where known, the bytes in all. */
    readonly onProgress?: ((progress: {
        loaded: number;
        total: number | undefined;
    }) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Keep what a URL gives in the browser's Cache Storage, and take it from there the next time. */
    readonly cache?: boolean | undefined;
    /** The SHA-256 the bytes must have, in hexadecimal. */
    readonly sha256?: string | undefined;
}
export type ByteSource = ArrayBuffer | Uint8Array | Blob | Response | URL | string;
/**
 * Reads all of `source`; a string is a URL.
 * @throws EsrganError "network" naming the URL and what went wrong, "bad-weights" where the SHA-256 differs; signal.reason
 */
export declare function readBytes(source: ByteSource, options?: ReadOptions): Promise<Uint8Array>;
