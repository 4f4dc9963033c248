export declare class Turns {
    #private;
    /** Whether this turn of the event loop has lasted long enough. */
    isOver(): boolean;
    /** Waits for the next turn of the event loop. */
    next(): Promise<void>;
}
