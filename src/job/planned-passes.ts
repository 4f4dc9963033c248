// Owns what passes of a call read and store, how they cut their pictures, and the resize behind them. Pure.

import { EsrganError } from "../errors.js";
import type { Pixels, StepPixels } from "../ops/pixels.js";
import { type Extent, opaqueTarget, type TargetChoice } from "../plan/picture-buffers.js";
import { planResize, type ResizePlan } from "../plan/resize-plan.js";
import type { TileChoice } from "../plan/tile-choice.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import { type PassForm, tileForm } from "./network-pass.js";
import type { NetworkPlanner } from "./network-planner.js";
import { type Request, resultSize } from "./request.js";

/** A picture as far as plans need to know it. */
export type PictureForm = Omit<Pixels, "data">;

/** The same of one between the steps of a call. */
export type StepForm = Omit<StepPixels, "data">;

/** What a call computes with. */
export interface CallContext {
  readonly planner: NetworkPlanner;
  readonly scale: number;
  readonly memoryBudget: number;
  readonly request: Request;
  /** Plans what is done over in f32; given where plans are to have room for that. */
  readonly again?: NetworkPlanner | undefined;
}

/** A resize, and what its kernels read and store. */
export interface PlannedResize {
  readonly plan: ResizePlan;
  readonly form: Pick<PassForm, "source" | "target">;
}

/** How alpha is stored beside the last result. */
export type AlphaChoice = Pick<TargetChoice, "alpha" | "alphaSource">;

/** Less overlap than this is not worth a picture. */
const LEAST_OVERLAP = 8;

/** Overlap that costs more than this gives way: pixels that tiles compute for each of the picture's. */
const MOST_WORK = 8;

/** How much of the budget resizing may take, unless its smallest window takes more. */
export const RESIZE_SHARE = 1 / 8;

/** The picture that a pass makes for the next step: floats, so that it is clamped and rounded at the end alone, and no alpha. */
export function betweenPasses({ width, height, channels }: StepForm, scale: number): StepForm {
  return { width: width * scale, height: height * scale, channels: channels < 3 ? 1 : 3, bits: 32 };
}

/** What pass number `pass` reads and stores, of a call over `picture`. */
export function passForm(
  { request, scale }: Pick<CallContext, "request" | "scale">,
  source: StepForm,
  picture: StepForm,
  pass: number,
  alpha: AlphaChoice | undefined,
): PassForm {
  const isLast = pass === request.passes && !request.resizes;
  const { channels, bits } = isLast ? picture : betweenPasses(source, scale);
  const target = opaqueTarget({ kind: "packed", channels, bits }, "read-back", { isMean: request.tta });
  return {
    source: { kind: "packed", channels: source.channels, bits: source.bits },
    // A mean over orientations is clamped and rounded once, at the end.
    bits: request.tta ? 32 : bits,
    gray: source.channels < 3,
    target: isLast && alpha ? { ...target, ...alpha } : target,
  };
}

/** A pass of alpha that runs through the network as gray. */
export interface AlphaPass {
  readonly form: PassForm;
  readonly large: StepForm;
}

/** The next pass over `alpha`, gray, which is neither clamped nor rounded. */
export function alphaPass({ request, scale }: Pick<CallContext, "request" | "scale">, alpha: StepForm): AlphaPass {
  const large = betweenPasses(alpha, scale);
  const once = { ...request, passes: 1, resizes: false };
  return { form: passForm({ request: once, scale }, alpha, large, 1, undefined), large };
}

/** With the overlap asked for; the default gives way where the budget leaves too little beside it. */
export function* choosePassTiles(
  { planner, request }: Pick<CallContext, "planner" | "request">,
  picture: Extent,
  { source, bits, target }: PassForm,
  { budget, isGiven = false }: { readonly budget: number; readonly isGiven?: boolean },
): WorkInPieces<TileChoice> {
  const { width, height } = picture;
  const { tileSize: size, tileable: wraps } = request;
  const form = { width, height, source, bits, target, size, wraps, budget, isGiven, allRegions: false } as const;
  const choose = (overlap: number) => planner.chooseTiles({ ...form, overlap });
  return yield* size === undefined ? chooseWithOverlap(request.overlap, choose) : choose(request.overlap);
}

/**
 * Tiles of a pass that is done over by `again`, in f32: with the same overlap in as many bytes as it was planned with, or in all of the
 * budget where f32 does not fit those.
 */
export function* redoneTiles(
  context: Pick<CallContext, "planner" | "request" | "scale">,
  again: NetworkPlanner,
  picture: Extent,
  form: PassForm,
  { budget, isGiven = false }: { readonly budget: number; readonly isGiven?: boolean },
): WorkInPieces<TileChoice> {
  const { planner, request, scale } = context;
  const redone = { planner: again, request };
  const first = yield* choosePassTiles(context, picture, form, { budget, isGiven });
  const { peakBytes } = yield* planner.planTile(tileForm({ form, tiles: first, scale, isGiven }));
  const small = yield* orRefused(choosePassTiles(redone, picture, form, { budget: peakBytes, isGiven }));
  if (small && small.overlap >= first.overlap) return small;
  return yield* choosePassTiles(redone, picture, form, { budget, isGiven });
}

/** The most bytes that a pass takes, by whichever planner. */
export function* passBytes(
  context: CallContext,
  picture: Extent,
  form: PassForm,
  room: { readonly budget: number; readonly isGiven?: boolean },
): WorkInPieces<number> {
  const { planner, scale, again } = context;
  const { isGiven = false } = room;
  function* bytes(by: NetworkPlanner, tiles: TileChoice): WorkInPieces<number> {
    const { peakBytes } = yield* by.planTile(tileForm({ form, tiles, scale, isGiven }));
    return Math.max(peakBytes, yield* by.checkBytes(form.bits));
  }
  const first = yield* bytes(planner, yield* choosePassTiles(context, picture, form, room));
  // Where there is no room for f32 at all, doing it over is refused.
  const redone = again && (yield* orRefused(redoneTiles(context, again, picture, form, room)));
  return Math.max(first, again && redone ? yield* bytes(again, redone) : 0);
}

/** What `plan` gives, or undefined where it is refused for lack of room. */
export function* orRefused<T>(plan: WorkInPieces<T>): WorkInPieces<T | undefined> {
  try {
    return yield* plan;
  } catch (error) {
    if (error instanceof EsrganError && error.code !== "internal") return undefined;
    throw error;
  }
}

/** What the budget leaves for tiles and weights beside a resize. */
export function besideResize(memoryBudget: number, resize: ResizePlan | undefined): number {
  return memoryBudget - (resize ? Math.max(memoryBudget * RESIZE_SHARE, resize.peakBytes) : 0);
}

/**
 * What `choose` gives for the overlap wanted, or for less where the budget has no room for tiles with so much, or for so little beside it
 * that they would compute the picture more than eight times.
 */
export function* chooseWithOverlap(
  wanted: number,
  choose: (overlap: number) => WorkInPieces<TileChoice>,
): WorkInPieces<TileChoice> {
  let tooSmall: unknown;
  let best: { readonly choice: TileChoice; readonly work: number } | undefined;
  for (let overlap = wanted; ; overlap = lessOverlap(overlap)) {
    if (best && overlap < LEAST_OVERLAP) return best.choice;
    try {
      const choice = yield* choose(overlap);
      const work = workOf(choice);
      if (!best || work < best.work) best = { choice, work };
      if (work <= MOST_WORK || overlap < LEAST_OVERLAP) return best.choice;
    } catch (error) {
      tooSmall ??= error;
      if (overlap < LEAST_OVERLAP) throw tooSmall;
    }
  }
}

/** The next of the overlaps that seams are measured at. */
function lessOverlap(overlap: number): number {
  return overlap > LEAST_OVERLAP ? Math.ceil(overlap / 8 - 1) * 8 : Math.floor(overlap / 2);
}

/** Pixels that tiles compute for each of the picture's. */
function workOf({ columns, rows }: TileChoice): number {
  const ofAxis = ({ size, spans }: TileChoice["columns"]) => (size * spans.length) / spans.at(-1)!.coreEnd;
  return ofAxis(columns) * ofAxis(rows);
}

/** The resize from `large` to the size that is asked for of `picture`. */
export function planCallResize(
  { request, memoryBudget }: Pick<CallContext, "request" | "memoryBudget">,
  large: StepForm,
  picture: PictureForm,
  alpha: AlphaChoice | undefined,
): PlannedResize {
  const { channels, bits } = picture;
  const opaque = opaqueTarget({ kind: "packed", channels, bits }, "read-back");
  const source = { kind: "packed", channels: large.channels, bits: large.bits } as const;
  const target = alpha ? { ...opaque, ...alpha } : opaque;
  const plan = planResize({
    source,
    isGiven: false,
    from: large,
    to: { ...resultSize(picture, request.scale), bits },
    target,
    wraps: request.tileable,
    budget: memoryBudget * RESIZE_SHARE,
  });
  return { plan, form: { source, target } };
}
