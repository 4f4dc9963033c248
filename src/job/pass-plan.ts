// Owns the plan of a pass from texture to texture: tiles within the budget and the device's limits, kernels at both ends, and the
// bands that a slice may be made of. Pure.

import { FLAG_BYTES } from "../gpu/buffers.js";
import type { Region } from "../ops/region.js";
import { resizeTaps } from "../ops/resize.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { type Extent, opaqueTarget, type TargetChoice, textureBits } from "../plan/picture-buffers.js";
import { regionOf } from "../plan/regions.js";
import {
  copiedTextureSource,
  copyBytes,
  fillBytes,
  storeBytes,
  type TextureStore,
  textureSource,
  textureStore,
} from "../plan/texture-forms.js";
import type { TileChoice } from "../plan/tile-choice.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import { type PassForm, tileForm } from "./network-pass.js";
import type { NetworkPlanner, TileForm } from "./network-planner.js";
import type { PassRequest } from "./pass-options.js";
import { chooseWithOverlap } from "./planned-passes.js";

/** How a pass is cut, and what it is made of at both ends. */
export interface PassTiles {
  readonly tiles: TileChoice;
  readonly form: PassForm;
  readonly tile: TileForm;
  /** In the order that they are computed in. */
  readonly regions: readonly Region[];
  readonly store: TextureStore;
  /** The size of the output. */
  readonly size: Extent;
  /** Whether a copy of the input is read: by later tiles, or for alpha, after a first slice, when the input may have changed. */
  readonly isCopied: boolean;
  /** What the copy, filling it in and the textures before the output take. */
  readonly textureBytes: number;
}

export interface PassPlanOptions {
  readonly planner: NetworkPlanner;
  readonly scale: number;
  readonly overlap: number;
  /** Bytes that all of the pass may take. */
  readonly budget: number;
  readonly storesBgra: boolean;
  /** The work of a dispatch, at most. */
  readonly mostFlops: number | undefined;
}

/** A pass down to its dispatches. */
export interface PassPlan extends PassTiles {
  readonly execution: ExecutionPlan;
  /** Everything on the GPU, weights included. */
  readonly bytes: number;
}

/** @throws EsrganError "bad-input", "unsupported-device" */
export function* planPass(request: PassRequest, options: PassPlanOptions): WorkInPieces<PassPlan> {
  const { budget, planner } = options;
  // Bands have uniforms, which tiles are chosen without.
  for (let left = budget; ; ) {
    const plan = yield* planTiles(request, { ...options, budget: left });
    const execution = yield* planner.planTile(plan.tile);
    const bytes = execution.peakBytes + plan.textureBytes + FLAG_BYTES;
    if (bytes <= budget) return { ...plan, execution, bytes };
    left -= bytes - budget;
  }
}

/** The planning of a pass without that of its dispatches. */
function* planTiles(request: PassRequest, options: PassPlanOptions): WorkInPieces<PassTiles> {
  const { planner, scale, overlap, budget, storesBgra, mostFlops } = options;
  const { width, height, input, output, source, target } = request;
  const size = { width: width * scale, height: height * scale };
  const store = textureStore(output, target, { storesBgra });
  const form = passForm(noting(textureSource(input, source)), store, request, size);
  const stored = storeBytes(store, size);
  const cut = (textureBytes: number) =>
    chooseWithOverlap(overlap, (tried) =>
      planner.chooseTiles({
        width,
        height,
        overlap: tried,
        wraps: false,
        budget: budget - textureBytes,
        bits: form.bits,
        source: form.source,
        target: form.target,
        isGiven: true,
        allRegions: true,
      }),
    );
  const mayCopy = input !== "external";
  const isFilled = target.alpha !== "opaque";
  const filled = isFilled ? stored + fillBytes(input, request) : stored;
  const copied = mayCopy ? filled + copyBytes(input, request) : stored;
  const needsCopy = ({ columns, rows }: TileChoice) =>
    mayCopy && (isFilled || columns.spans.length * rows.spans.length > 1);
  const roomy = yield* cut(stored);
  const isCopied = needsCopy(roomy);
  const tiles = isCopied ? yield* cut(copied) : roomy;
  const used = isCopied ? { ...form, source: noting(copiedTextureSource(input, source)) } : form;
  const cutting = { picture: { width, height }, tiles, scale, wraps: false };
  const regions = tiles.rows.spans.flatMap((row) =>
    tiles.columns.spans.map((column) => regionOf(cutting, column, row)),
  );
  const tile = tileForm({ tiles, scale, form: used, isGiven: true, regions: regions.length, mostFlops });
  return { tiles, form: used, tile, regions, store, size, isCopied, textureBytes: isCopied ? copied : stored };
}

/** Nobody does over what a pass has done, so it counts NaN in the input, which floats may hold. */
function noting(source: PassForm["source"]): PassForm["source"] {
  return source.kind === "texture" ? { ...source, countsNaN: !source.hasLevels } : source;
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
