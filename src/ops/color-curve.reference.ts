// The curves of color-curve.ts, plainly, for one value.

import { HDR_LARGEST, HDR_WHITE } from "./color-curve.js";

/**
 * A linear value as the HDR curve encodes it, 0..1: up to 1 half of what sRGB gives, beyond that a logarithm, so that the relative
 * error is the same everywhere. NaN and what is negative become 0; what is larger than HDR_LARGEST becomes 1.
 */
export function hdrEncoded(linear: number): number {
  if (!(linear > 0)) return 0;
  if (linear <= 1) return HDR_WHITE * srgbEncoded(linear);
  return HDR_WHITE + ((1 - HDR_WHITE) * Math.log(Math.min(linear, HDR_LARGEST))) / Math.log(HDR_LARGEST);
}

/** The inverse of hdrEncoded: 0..1 to 0..HDR_LARGEST. */
export function hdrDecoded(encoded: number): number {
  if (encoded <= HDR_WHITE) return srgbDecoded(encoded / HDR_WHITE);
  return HDR_LARGEST ** ((encoded - HDR_WHITE) / (1 - HDR_WHITE));
}

/** The transfer function of sRGB, IEC 61966-2-1. */
export function srgbEncoded(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

export function srgbDecoded(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}
