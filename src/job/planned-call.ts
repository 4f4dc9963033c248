// Owns the plan of a whole call from pixels to pixels: its passes and their resize, by way of the GPU where the pictures between them
// have room there, else strip by strip. Pure.

import type { AlphaForm } from "../ops/picture.kernels.js";
import { resizeTaps } from "../ops/resize.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { opaqueTarget } from "../plan/picture-buffers.js";
import type { TileChoice } from "../plan/tile-choice.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import { runsOf, tileForm } from "./network-pass.js";
import type { TileForm } from "./network-planner.js";
import {
  type AlphaChoice,
  alphaPass,
  besideResize,
  betweenPasses,
  type CallContext,
  choosePassTiles,
  orRefused,
  type PictureForm,
  passBytes,
  passForm,
  planCallResize,
  type StepForm,
} from "./planned-passes.js";
import { type Request, resultSize } from "./request.js";
import { planRoute, type Route, scratchByteLength } from "./route.js";

export interface PlannedPass {
  readonly tiles: TileChoice;
  readonly tile: TileForm;
  readonly plan: ExecutionPlan;
  /** Of a tile. */
  readonly runs: number;
}

export interface PlannedCall {
  readonly passes: readonly PlannedPass[];
  readonly peakBytes: number;
  /** Of all runs of all passes. */
  readonly flops: number;
  /** Bytes for weights and tiles of passes that are not part of a route. */
  readonly budget: number;
  /** Where the pictures between stages lie on the GPU. Without it they go by way of the CPU, strip by strip. */
  readonly route: Route | undefined;
}

// What pictures between stages may take of the budget: tiles are to stay large.
const SCRATCH_SHARE = 1 / 2;

/** Plans a call over `picture`; `alpha` is how its alpha is stored, undefined where the result is opaque. */
export function* planCall(
  context: CallContext,
  picture: PictureForm,
  alpha: AlphaChoice | undefined,
): WorkInPieces<PlannedCall> {
  const { request, planner, scale } = context;
  let large: StepForm = picture;
  for (let pass = 1; pass <= request.passes; pass++) large = betweenPasses(large, scale);
  const resize = request.resizes ? planCallResize(context, large, picture, alpha).plan : undefined;
  const budget = besideResize(context.memoryBudget, resize);
  const ofAlpha = alpha && request.alpha === "network" ? yield* networkAlphaBytes(context, picture, budget) : 0;
  const route = request.passes > 1 || request.resizes ? yield* routeOnGpu(context, picture, alpha) : undefined;
  if (route) return { ...withBytes(callOfRoute(route), ofAlpha), budget };
  const passes: PlannedPass[] = [];
  let ofPasses = ofAlpha;
  let source: StepForm = picture;
  for (let pass = 1; pass <= request.passes; pass++) {
    const form = passForm(context, source, picture, pass, alpha);
    const tiles = yield* choosePassTiles(context, source, form, { budget });
    const tile = tileForm({ form, tiles, scale, isGiven: false });
    passes.push({ tiles, tile, plan: yield* planner.planTile(tile), runs: runsOf({ tiles, form }) });
    ofPasses = Math.max(ofPasses, yield* passBytes(context, source, form, { budget }));
    source = betweenPasses(source, scale);
  }
  const peakBytes = ofPasses + (resize?.peakBytes ?? 0);
  const flops = passes.reduce((sum, { plan, runs }) => sum + plan.flops * runs, 0);
  return { passes, peakBytes, flops, budget, route: undefined };
}

/** What the network takes for a picture's alpha, before it runs over the colour. */
export function* networkAlphaBytes(
  context: CallContext,
  { width, height, bits }: PictureForm,
  budget: number,
): WorkInPieces<number> {
  const { request } = context;
  let alpha: StepForm = { width, height, channels: 1, bits };
  let bytes = 0;
  for (let pass = 1; pass <= request.passes; pass++) {
    const { form, large } = alphaPass(context, alpha);
    bytes = Math.max(bytes, yield* passBytes(context, alpha, form, { budget }));
    alpha = large;
  }
  return bytes;
}

function withBytes<Call extends Pick<PlannedCall, "peakBytes">>(call: Call, bytes: number): Call {
  return { ...call, peakBytes: Math.max(call.peakBytes, bytes) };
}

/** The route of a call whose pictures between stages fit the GPU; undefined where they do not. */
function* routeOnGpu(
  context: CallContext,
  picture: PictureForm,
  alpha: AlphaChoice | undefined,
): WorkInPieces<Route | undefined> {
  const { channels, bits } = picture;
  const target = opaqueTarget({ kind: "packed", channels, bits }, "read-back");
  const start = {
    ...picture,
    form: { kind: "packed", channels, bits } as const,
    isGiven: false,
    gray: channels < 3,
  };
  const largest = { width: picture.width * context.scale, height: picture.height * context.scale };
  if (scratchByteLength(largest) > context.memoryBudget * SCRATCH_SHARE) return undefined;
  const route = yield* orRefused(planRoute(context, start, { target: alpha ? { ...target, ...alpha } : target, bits }));
  // Without room for tiles beside them, those pictures stay on the CPU.
  if (!route) return undefined;
  const { maxBufferSize, maxStorageBufferBindingSize } = context.planner.capabilities;
  const most = Math.min(
    maxBufferSize,
    maxStorageBufferBindingSize,
    (context.memoryBudget * SCRATCH_SHARE) / Math.min(route.scratch.length, 2),
  );
  const isSmall = route.scratch.every((each) => scratchByteLength(each) <= most);
  // Nor is overlap given up for them.
  const { overlap } = context.request;
  const isAsGood = route.stages.every((stage) => stage.kind === "resize" || stage.tiles.overlap >= overlap);
  return isSmall && isAsGood ? route : undefined;
}

/** A route as a call. */
export function callOfRoute(route: Route): Omit<PlannedCall, "budget"> {
  const passes = route.stages.flatMap((stage) => (stage.kind === "network" ? [stage] : []));
  const { peakBytes, flops } = route;
  return { passes, peakBytes, flops, route };
}

/** How a call stores the alpha of a picture that may have one: what plans must have room for. */
export function alphaChoice(
  picture: PictureForm,
  { scale, alpha, passes, tileable }: Request,
  networkScale: number,
): AlphaChoice | undefined {
  if (picture.channels % 2 !== 0 || alpha === "ignore") return undefined;
  const size = resultSize(picture, scale);
  const large = alpha === "network" ? networkScale ** passes : 1;
  const [width, height] = [picture.width * large, picture.height * large];
  const count = (from: number, to: number) => resizeTaps("bicubic", true, from, to, tileable).count;
  const form: AlphaForm = {
    kind: "packed",
    // What the network gives is clamped once it was resized.
    bits: alpha === "network" ? 32 : picture.bits,
    taps: { x: count(width, size.width), y: count(height, size.height) },
  };
  return { alpha: form, alphaSource: { width, height, scaleX: size.width / width, scaleY: size.height / height } };
}
