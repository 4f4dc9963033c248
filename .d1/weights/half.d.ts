/** The value of half-precision bits. */
export declare function halfToFloat(bits: number): number;
/** Half-precision bits of `value`, rounded to nearest, ties to even; what is too large becomes infinity. */
export declare function floatToHalf(value: number): number;
/** Float32 values of half bits. */
export declare function halvesToFloats(halves: Uint16Array): Float32Array;
/** Half bits of float32 values. */
export declare function floatsToHalves(floats: Float32Array): Uint16Array;
