// Owns the conversion between float32 and IEEE 754 half precision, bit for bit.
/** The value of half-precision bits. */
export function halfToFloat(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0)
        return sign * fraction * 2 ** -24;
    if (exponent === 31)
        return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
/** Half-precision bits of `value`, rounded to nearest, ties to even; what is too large becomes infinity. */
export function floatToHalf(value) {
    scratch[0] = value;
    return halfOfBits(scratchBits[0]);
}
const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
function halfOfBits(bits) {
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000)
        return sign | 0x7e00;
    if (magnitude >= 0x477ff000)
        return sign | 0x7c00;
    if (magnitude < 0x33000001)
        return sign;
    if (magnitude < 0x38800000) {
        // Subnormal: the hidden bit joins the fraction, shifted right by what the exponent lacks.
        const shift = 126 - (magnitude >>> 23);
        const fraction = (magnitude & 0x7fffff) | 0x800000;
        return sign | roundShift(fraction, shift);
    }
    return sign | roundShift(magnitude - 0x38000000, 13);
}
function roundShift(value, shift) {
    const half = 1 << (shift - 1);
    const rest = value & ((1 << shift) - 1);
    const kept = value >>> shift;
    return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}
/** Float32 values of half bits. */
export function halvesToFloats(halves) {
    const floats = new Float32Array(halves.length);
    const bits = new Uint32Array(floats.buffer);
    for (let i = 0; i < halves.length; i++) {
        const half = halves[i];
        const magnitude = half & 0x7fff;
        const isNormal = magnitude >= 0x400 && magnitude < 0x7c00;
        if (isNormal)
            bits[i] = ((half & 0x8000) << 16) | ((magnitude << 13) + 0x38000000);
        else
            floats[i] = halfToFloat(half);
    }
    return floats;
}
/** Half bits of float32 values. */
export function floatsToHalves(floats) {
    const halves = new Uint16Array(floats.length);
    const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
    for (let i = 0; i < floats.length; i++)
        halves[i] = halfOfBits(bits[i]);
    return halves;
}
