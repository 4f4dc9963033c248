// The curves between a texture's colours and the values of a network; ops/color-curve.ts says what they are.

/** The transfer function of sRGB, IEC 61966-2-1. */
export const transferWgsl = /* wgsl */ `
fn srgbEncoded(linear: vec3f) -> vec3f {
  let curve = 1.055 * pow(max(linear, vec3f(0.0031308)), vec3f(1.0 / 2.4)) - 0.055;
  return select(curve, linear * 12.92, linear <= vec3f(0.0031308));
}
fn srgbDecoded(encoded: vec3f) -> vec3f {
  let curve = pow((max(encoded, vec3f(0.04045)) + 0.055) / 1.055, vec3f(2.4));
  return select(curve, encoded / 12.92, encoded <= vec3f(0.04045));
}`;

/** Colours from 0 to LARGEST_COLOR to values 0..1 and back. They need transferWgsl; that of HDR has the preamble HDR_WHITE. */
export const CURVE_WGSL = {
  none: /* wgsl */ `
fn encodedColor(color: vec3f) -> vec3f { return color; }
fn decodedColor(value: vec3f) -> vec3f { return value; }`,
  srgb: /* wgsl */ `
fn encodedColor(color: vec3f) -> vec3f { return srgbEncoded(color); }
fn decodedColor(value: vec3f) -> vec3f { return srgbDecoded(value); }`,
  hdr: /* wgsl */ `
fn encodedColor(color: vec3f) -> vec3f {
  let bright = HDR_WHITE + (1.0 - HDR_WHITE) * log(max(color, vec3f(1))) / log(LARGEST_COLOR);
  return select(bright, HDR_WHITE * srgbEncoded(color), color <= vec3f(1));
}
fn decodedColor(value: vec3f) -> vec3f {
  let bright = exp(max(value - HDR_WHITE, vec3f(0)) / (1.0 - HDR_WHITE) * log(LARGEST_COLOR));
  let color = select(bright, srgbDecoded(value / HDR_WHITE), value <= vec3f(HDR_WHITE));
  return min(color, vec3f(LARGEST_COLOR));
}`,
} as const;
