/** Work done so far and in all, in units of the same size, and the milliseconds that seem to remain. */
export interface Progress {
    readonly done: number;
    readonly total: number;
    readonly etaMs: number;
}
export declare class ProgressMeter {
    #private;
    private readonly total;
    private readonly listener;
    constructor(total: number, listener: ((progress: Progress) => void) | undefined);
    advance(work: number): void;
    /** From now on `work` units remain, whatever was foreseen. */
    remains(work: number): void;
    end(): void;
}
