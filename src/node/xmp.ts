// XMP of a picture that was made larger: what of it is about the smaller picture. All else stays as it is, byte for byte.

/** XMP that says this size, and that the picture is upright. */
export function adaptedXmp(
  xmp: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Buffer {
  const values: [name: string, value: number][] = [
    ["tiff:Orientation", 1],
    ["tiff:ImageWidth", width],
    ["tiff:ImageLength", height],
    ["exif:PixelXDimension", width],
    ["exif:PixelYDimension", height],
  ];
  let text = Buffer.from(xmp).toString("latin1");
  for (const [name, value] of values) {
    text = text.replace(
      new RegExp(`(\\b${name}(?:\\s*=\\s*["']|\\s*>)\\s*)\\d+`, "g"),
      (_, before: string) => `${before}${value}`,
    );
  }
  return Buffer.from(text, "latin1");
}
