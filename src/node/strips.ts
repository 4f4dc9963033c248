// Pictures that come in strips, from the top. Owns that the strips of one make it up; what becomes of them is the reader's.
import { EsrganError, type Pixels, type Strip } from "../index.js";
import { typeName } from "../options.js";

/** Strips as they come or as they are there. */
export type Strips = AsyncIterable<Strip> | Iterable<Strip>;

/**
 * The strips' pixels, one after another.
 * @throws EsrganError "internal" where a strip does not follow the one before it, differs from it in kind or overhangs, or rows are missing
 */
export async function* requireWhole(
  strips: Strips,
  { width, height }: { readonly width: number; readonly height: number },
): AsyncGenerator<Pixels, void> {
  let first: Pixels | undefined;
  let rows = 0;
  for await (const strip of strips) {
    const { y, pixels } = strip ?? {};
    if (!ArrayBuffer.isView(pixels?.data)) {
      throw new EsrganError("bad-input", `A strip must be { y, pixels }, got ${typeName(strip)}`);
    }
    first ??= pixels;
    const { channels, bits } = pixels;
    const isSameKind = channels === first.channels && bits === first.bits;
    const isFilled = pixels.data.length === pixels.width * pixels.height * channels;
    if (!isSameKind || !isFilled || pixels.width !== width || y !== rows || y + pixels.height > height) {
      const what = `A strip of ${pixels.width}x${pixels.height} pixels of ${channels} channels and ${bits} bits at row ${y}`;
      throw new EsrganError("internal", `${what} does not follow the first ${rows} rows of ${width}x${height} pixels`);
    }
    yield pixels;
    rows += pixels.height;
  }
  if (rows !== height) {
    throw new EsrganError("internal", `The picture of ${width}x${height} pixels ended after ${rows} rows`);
  }
}
