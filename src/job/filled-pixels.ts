// Owns when the code that fills in colours under transparency is loaded: few pictures on the CPU have alpha.

import { loadPart } from "../load-part.js";
import type { Pixels } from "../ops/pixels.js";

/** As filledUnderTransparency. @throws EsrganError "network" where the part does not load */
export async function filledPixels(pixels: Pixels): Promise<Pixels> {
  const { filledUnderTransparency } = await loadPart(() => import("../picture/alpha-fill.js"));
  return filledUnderTransparency(pixels);
}
