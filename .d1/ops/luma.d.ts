/** ITU-R BT.601; they sum to 1, so gray stays what it was. */
export declare const LUMA: readonly [0.299, 0.587, 0.114];
