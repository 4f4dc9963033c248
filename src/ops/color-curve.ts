// Owns the curves between a texture's colours and the values 0..1 of a network; shaders/color-curve.wgsl.ts computes them.

/** How values become those of a network: as they are, linear ones encoded as sRGB, linear ones beyond 1 by the HDR curve. */
export type Curve = "none" | "srgb" | "hdr";

/** What linear 1 is encoded as: the rest is for what is brighter. */
export const HDR_WHITE = 0.5;

/** The largest linear value that survives, which is that of rgba16float too. */
export const HDR_LARGEST = 65504;

/** The largest value that a curve encodes; what is larger is clamped to it. */
export function largestOf(curve: Curve): number {
  return curve === "hdr" ? HDR_LARGEST : 1;
}
