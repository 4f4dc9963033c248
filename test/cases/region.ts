// Regions for tests of single kernels: what a test does not name is empty, upright and at the origin.

import { type PackedRows, type Region, type RegionPlaces, regionWords, UPRIGHT } from "../../src/ops/region.js";

const NO_ROWS: PackedRows = { x: 0, y: 0, width: 0, height: 0, pitch: 0, offset: 0 };

export function testRegion(region: Partial<Region> = {}, places: Partial<RegionPlaces> = {}): Uint32Array<ArrayBuffer> {
  return regionWords(
    {
      from: { x: 0, y: 0 },
      border: { x: "repeat", y: "repeat" },
      orientation: UPRIGHT,
      result: NO_ROWS,
      kept: NO_ROWS,
      to: { x: 0, y: 0 },
      isFirst: true,
      ...region,
    },
    {
      source: NO_ROWS,
      target: { offset: 0, pitch: 0 },
      tables: NO_ROWS,
      alpha: NO_ROWS,
      alphaBorder: "repeat",
      ...places,
    },
  );
}
