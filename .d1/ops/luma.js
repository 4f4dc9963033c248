// Owns the weights of red, green and blue in a gray picture.
/** ITU-R BT.601; they sum to 1, so gray stays what it was. */
export const LUMA = [0.299, 0.587, 0.114];
