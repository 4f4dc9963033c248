/** Makes Dawn look once a millisecond until as many calls of what is returned; other callers of setImmediate notice nothing. */
export declare function slowDownPolling(): () => void;
