export type EsrganErrorCode = "bad-input" | "bad-weights" | "unsupported-model" | "unsupported-device" | "network" | "out-of-memory" | "device-lost" | "internal";
/** An error of this library; `code` says what kind, `message` is one sentence for a person. */
export declare class EsrganError extends Error {
    readonly code: EsrganErrorCode;
    readonly name = "EsrganError";
    constructor(code: EsrganErrorCode, message: string, options?: ErrorOptions);
}
