// Owns the plan of a pass from texture to texture: tiles within the budget and the device's limits, kernels at both ends, and the
// bands that a slice may be made of. Pure.

import type { Region } from "../ops/region.js";
import { resizeTaps } from "../ops/resize.js";
import { type Extent, opaqueTarget, type TargetChoice, textureBits } from "../plan/picture-buffers.js";
import { regionOf } from "../plan/regions.js";
import { copiedTextureSource, type TextureStore, textureSource, textureStore } from "../plan/texture-forms.js";
import type { TileChoice } from "../plan/tile-choice.js";
import { type PassForm, tileForm } from "./network-pass.js";
import type { NetworkPlanner, TileForm } from "./network-planner.js";
import type { PassRequest } from "./pass-options.js";
import { chooseWithOverlap } from "./planned-passes.js";

export interface PassPlan {
  readonly tiles: TileChoice;
  readonly form: PassForm;
  readonly tile: TileForm;
  /** In the order that they are computed in. */
  readonly regions: readonly Region[];
  readonly store: TextureStore;
  /** The size of the output. */
  readonly size: Extent;
  /** Whether tiles read a copy, so that the input may change once the first slice was submitted. */
  readonly isCopied: boolean;
}

export interface PassPlanOptions {
  readonly planner: NetworkPlanner;
  readonly scale: number;
  readonly overlap: number;
  readonly budget: number;
  readonly storesBgra: boolean;
  /** The work of a dispatch, at most. */
  readonly mostFlops: number | undefined;
}

/** @throws EsrganError "bad-input", "unsupported-device" */
export function planPass(request: PassRequest, options: PassPlanOptions): PassPlan {
  const { planner, scale, overlap, budget, storesBgra, mostFlops } = options;
  const { width, height, input, output, source, target, maxSliceMs } = request;
  const size = { width: width * scale, height: height * scale };
  const store = textureStore(output, target, { storesBgra });
  const direct = textureSource(input, source);
  const form = passForm(direct, store, request, size);
  const cut = (each: PassForm) =>
    chooseWithOverlap(overlap, (tried) =>
      planner.chooseTiles({
        width,
        height,
        overlap: tried,
        wraps: false,
        budget,
        bits: each.bits,
        source: each.source,
        target: each.target,
        isGiven: true,
        allRegions: true,
      }),
    );
  const tiles = cut(form);
  const isCut = tiles.columns.spans.length * tiles.rows.spans.length > 1;
  const isCopied = isCut && maxSliceMs !== undefined && input !== "external";
  const used = isCopied ? { ...form, source: copiedTextureSource(input, source) } : form;
  const cutting = { picture: { width, height }, tiles, scale, wraps: false };
  const regions = tiles.rows.spans.flatMap((row) =>
    tiles.columns.spans.map((column) => regionOf(cutting, column, row)),
  );
  const tile = tileForm({ tiles, scale, form: used, isGiven: true, regions: regions.length, mostFlops });
  return { tiles, form: used, tile, regions, store, size, isCopied };
}

function passForm(source: PassForm["source"], store: TextureStore, request: PassRequest, size: Extent): PassForm {
  const bits = textureBits(store.form);
  const opaque = opaqueTarget(store.form, "given");
  if (request.target.alpha === "opaque") return { source, bits, gray: false, target: opaque };
  const { width, height } = request;
  const count = (from: number, to: number) => resizeTaps("bicubic", true, from, to).count;
  const target: TargetChoice = {
    ...opaque,
    alpha: { kind: "texture", bits, taps: { x: count(width, size.width), y: count(height, size.height) } },
    alphaSource: { width, height, scaleX: size.width / width, scaleY: size.height / height },
  };
  return { source, bits, gray: false, target };
}
