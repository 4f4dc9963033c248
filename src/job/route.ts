// Owns the route of a picture whose stages lie on the GPU: how each is cut, what lies between them, and what all of it takes. Pure.

import { FLAG_BYTES } from "../gpu/buffers.js";
import { PICTURE_HEADER_BYTES, type SourceForm } from "../ops/picture.kernels.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { type Extent, opaqueTarget, type TargetChoice } from "../plan/picture-buffers.js";
import { planResize, type ResizePlan } from "../plan/resize-plan.js";
import { copiedTextureSource, fillBytes } from "../plan/texture-forms.js";
import type { TileChoice } from "../plan/tile-choice.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import { type PassForm, runsOf, SCRATCH_PIXEL_WORDS, tileForm } from "./network-pass.js";
import type { TileForm } from "./network-planner.js";
import { besideResize, type CallContext, choosePassTiles, passBytes, RESIZE_SHARE } from "./planned-passes.js";
import { resultSize } from "./request.js";

/** The network over a picture, once. */
export interface NetworkStage {
  readonly kind: "network";
  readonly from: Extent;
  readonly to: Extent;
  readonly form: PassForm;
  /** Bytes for its weights and tiles. */
  readonly budget: number;
  readonly tiles: TileChoice;
  readonly tile: TileForm;
  readonly plan: ExecutionPlan;
  /** Of a tile. */
  readonly runs: number;
}

export interface ResizeStage {
  readonly kind: "resize";
  readonly from: Extent;
  readonly to: Extent;
  readonly form: Pick<PassForm, "source" | "target">;
  readonly plan: ResizePlan;
}

export type Stage = NetworkStage | ResizeStage;

export interface Route {
  readonly stages: readonly Stage[];
  /** The pictures between the stages, in order: RGB as floats on the GPU. */
  readonly scratch: readonly Extent[];
  /** The most that is on the GPU at once, weights included, beside the source and the result. */
  readonly peakBytes: number;
  /** Of all runs of the network. */
  readonly flops: number;
}

export interface RouteStart extends Extent {
  readonly form: SourceForm;
  /** Whether it lies on the GPU as a whole. */
  readonly isGiven: boolean;
  /** The result of a gray picture is the luma. */
  readonly gray: boolean;
}

const TEXEL_BYTES: { readonly [format: string]: number } = { rgba16float: 8, rgba32float: 16 };

const SCRATCH_FORM = { kind: "packed", channels: 3, bits: 32 } as const;

/** Bytes of a picture between stages: behind a header, as kernels store pictures. */
export function scratchByteLength({ width, height }: Extent): number {
  return PICTURE_HEADER_BYTES + width * height * SCRATCH_PIXEL_WORDS * 4;
}

/** Where the last stage stores, and with how many bits. */
export interface RouteEnd {
  readonly target: TargetChoice;
  readonly bits: 8 | 16;
}

/**
 * Plans the way of `start` to its end.
 * @throws EsrganError as choosePassTiles, where the budget has no room for tiles beside the pictures between stages
 */
export function* planRoute(
  context: CallContext,
  start: RouteStart,
  { target: last, bits }: RouteEnd,
): WorkInPieces<Route> {
  const { planner, scale, memoryBudget, request } = context;
  const stages: Stage[] = [];
  const scratch: Extent[] = [];
  const end = resultSize(start, request.scale);
  const resize = request.resizes ? planEnd() : undefined;
  const room = besideResize(memoryBudget, resize);
  let from = start;
  let peakBytes = 0;
  let flops = 0;
  for (let pass = 1; pass <= request.passes; pass++) {
    const isLast = pass === request.passes && !request.resizes;
    const to = { width: from.width * scale, height: from.height * scale };
    const target = { ...(isLast ? last : opaqueTarget(SCRATCH_FORM, "given")), isMean: request.tta };
    const form: PassForm = { source: from.form, bits: request.tta || !isLast ? 32 : bits, gray: from.gray, target };
    if (!isLast) scratch.push(to);
    const between = scratch.slice(-2).reduce((sum, each) => sum + scratchByteLength(each) + FLAG_BYTES, 0);
    const budget = room - between;
    const tiles = yield* choosePassTiles(context, from, form, { budget, isGiven: from.isGiven });
    const tile = tileForm({ form, tiles, scale, isGiven: from.isGiven });
    const plan = yield* planner.planTile(tile);
    const runs = runsOf({ tiles, form });
    stages.push({ kind: "network", from, to, form, budget, tiles, tile, plan, runs });
    const bytes = yield* passBytes(context, from, form, { budget, isGiven: from.isGiven });
    peakBytes = Math.max(peakBytes, bytes + between);
    flops += plan.flops * runs;
    from = { ...to, form: SCRATCH_FORM, isGiven: true, gray: start.gray };
  }
  if (!resize) return { stages, scratch, peakBytes, flops };
  stages.push({ kind: "resize", from, to: end, form: resizeForm(), plan: resize });
  return { stages, scratch, peakBytes: peakBytes + resize.peakBytes, flops };

  function resizeForm() {
    return { source: SCRATCH_FORM, target: { ...last, isMean: false } };
  }

  function planEnd(): ResizePlan {
    const factor = scale ** request.passes;
    return planResize({
      ...resizeForm(),
      isGiven: true,
      from: { width: start.width * factor, height: start.height * factor },
      to: { ...end, bits },
      wraps: request.tileable,
      budget: memoryBudget * RESIZE_SHARE,
    });
  }
}

/** Bytes of a texture of a format that pictures are copied to or stored in. */
export function textureBytes({ width, height }: Extent, format: string): number {
  return width * height * (TEXEL_BYTES[format] ?? 4);
}

// What a copy and filling it in may take of the budget together.
const FILL_SHARE = 3 / 4;

/**
 * Bytes of the textures and buffers of ours that a picture on the GPU takes: its copy and, where some of it may be transparent,
 * filling that in; undefined where the budget has room for the copy alone.
 */
export function pictureBytes(
  picture: Extent & { readonly format: string; readonly isOpaque: boolean },
  memoryBudget: number,
): number | undefined {
  const copy = textureBytes(picture, picture.format);
  if (picture.isOpaque) return copy;
  const filled = copy + fillBytes(picture.format, picture);
  const room = memoryBudget * FILL_SHARE;
  return filled <= room || copy > room ? filled : undefined;
}

/** How the copy of a picture is read that takes place on the GPU when the call is made. */
export function snapshotForm(format: string): SourceForm {
  return copiedTextureSource(format, { transfer: "srgb", flip: false, alpha: "opaque" });
}

/** The form of tile that runs first. */
export function firstTile({ stages: [first] }: Route): TileForm {
  if (first?.kind !== "network") throw new Error("a route begins with the network");
  return first.tile;
}

/** Whether the pictures between the stages fit into buffers of the device, each into one. */
export function fitsDevice({ scratch }: Route, device: DeviceCapabilities): boolean {
  const most = Math.min(device.maxBufferSize, device.maxStorageBufferBindingSize);
  return scratch.every((each) => scratchByteLength(each) <= most);
}
