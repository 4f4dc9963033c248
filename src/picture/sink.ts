// Owns what a picture may be given back as.

import { EsrganError } from "../errors.js";
import type { Pixels } from "../ops/pixels.js";
import { type ImageSource, isImageData } from "./source.js";

/** "pixels" keeps channels and 16 bits, "imageData" is 8-bit RGBA. */
export type OutputKind = "pixels" | "imageData";

export interface OutputTypes {
  readonly pixels: Pixels;
  readonly imageData: ImageData;
}

/** The kind asked for, or the kind that came in. @throws EsrganError "bad-input" */
export function outputKind(source: ImageSource, asked: OutputKind | undefined): OutputKind {
  const kind = asked ?? (isImageData(source) ? "imageData" : "pixels");
  if (kind !== "pixels" && kind !== "imageData") {
    throw new EsrganError("bad-input", `The output must be "pixels" or "imageData", got "${kind}"`);
  }
  if (kind === "imageData" && typeof ImageData === "undefined") {
    throw new EsrganError("bad-input", 'This environment has no ImageData, ask for the output "pixels"');
  }
  return kind;
}

/** `pixels` as `kind`. */
export function toOutput(pixels: Pixels, kind: OutputKind): OutputTypes[OutputKind] {
  if (kind === "pixels") return pixels;
  return new ImageData(rgba8(pixels), pixels.width, pixels.height);
}

function rgba8({ data, channels, bits, width, height }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const levels = (value: number) => (bits === 16 ? Math.round(value / 257) : value);
  const out = new Uint8ClampedArray(width * height * 4);
  const gray = channels < 3;
  for (let i = 0, from = 0; i < out.length; i += 4, from += channels) {
    out[i] = levels(data[from]!);
    out[i + 1] = levels(data[gray ? from : from + 1]!);
    out[i + 2] = levels(data[gray ? from : from + 2]!);
    out[i + 3] = channels % 2 === 0 ? levels(data[from + channels - 1]!) : 255;
  }
  return out;
}
