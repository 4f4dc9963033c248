// Owns what plan() says of a call: plain data that can be printed.

import { EsrganError } from "../errors.js";
import { isExact, seamLevels } from "../models/seams.js";
import type { Pixels } from "../ops/pixels.js";
import type { Traffic } from "../ops/traffic.js";
import { hasAlpha } from "../picture/alpha.js";
import type { OutputKind } from "../picture/output-kind.js";
import type { Precision } from "../plan/choose-kernel.js";
import { opaqueTarget, textureBits } from "../plan/picture-buffers.js";
import { textureStore } from "../plan/texture-forms.js";
import { doneAtOnce, type WorkInPieces } from "../weights/event-loop-yield.js";
import { textureAlphaChoice } from "./alpha-source.js";
import { alphaChoice, callOfRoute, networkAlphaBytes, type PlannedCall, planCall } from "./planned-call.js";
import type { AlphaChoice, PictureForm } from "./planned-passes.js";
import { type Request, resultSize } from "./request.js";
import { pictureBytes, planRoute, snapshotForm, textureBytes } from "./route.js";
import type { NetworkSession } from "./session.js";
import type { TakenPicture } from "./taken-picture.js";

/** What runs for a picture of one size, and what it costs. Plain data. */
export interface UpscalePlan {
  /** Of the result, in pixels. */
  readonly width: number;
  /** Of the result, in pixels. */
  readonly height: number;
  /** How weights and activations are stored. */
  readonly precision: Precision;
  /** Why this precision and these kernels. */
  readonly reason: string;
  /** How often the network runs over the picture, each time on the result before. */
  readonly passes: number;
  /** Tiles of all passes. */
  readonly tiles: number;
  /** The last pass's tiles, in pixels of its input. */
  readonly tile: {
    /** Of a tile. */
    readonly width: number;
    /** Of a tile. */
    readonly height: number;
    /** Tiles side by side. */
    readonly columns: number;
    /** Tiles one above another. */
    readonly rows: number;
    /** What neighbours share, on each side. */
    readonly overlap: number;
    /** Pieces that the layers at high resolution are computed in: exact. */
    readonly windows: number;
  };
  /**
   * Levels of 255 that the result differs by at most from the same in one piece: none in one piece, one, by rounding, where tiles overlap as far as the network looks, else
   * as was measured, in f32, of the models that come with the library. Undefined for other weights, for overlaps of less than 8 pixels, and where
   * a pass runs on tiles of another that are not exact.
   */
  readonly seamLevels: number | undefined;
  /** Of a tile. */
  readonly dispatches: number;
  /** Different ones among the dispatches: that many are compiled. */
  readonly pipelines: number;
  /** The most that the library owns on the GPU while it runs, weights included. */
  readonly peakBytes: number;
  /** What the weights take of that. */
  readonly weightBytes: number;
  /** Of all tiles of all passes. */
  readonly flops: number;
  /** Of a tile. */
  readonly buffers: readonly {
    /** What it holds. */
    readonly label: string;
    /** Its size. */
    readonly byteLength: number;
  }[];
  /** The dispatches of a tile, in order. */
  readonly steps: readonly {
    /** The layer that it computes, by name. */
    readonly node: string;
    /** The operation. */
    readonly op: string;
    /** The kernel. */
    readonly variant: string;
    /** In x, y and z. */
    readonly workgroups: readonly [number, number, number];
    /** Floating-point operations, a multiply-add counted as two. */
    readonly flops: number;
    /** Read and written if each value moved once. */
    readonly bytes: number;
    /** What all invocations load and store; undefined where it is not counted, as for all but convolutions. */
    readonly traffic: Traffic | undefined;
  }[];
}

const MAX_SIDE = 2 ** 31 - 1; // PNG's; what is longer comes to more tiles than an array holds
const MAX_PIXELS = 2 ** 50; // so that eight bytes for each are an exact number

/** A call as far as plans need to know it. */
export interface CallForm extends PictureForm {
  readonly output: OutputKind | undefined;
}

/** The call of a picture that was taken, as far as it is known before somebody looks at its alpha. */
export function formOfTaken(picture: TakenPicture, output: OutputKind): CallForm {
  if (picture.at === "cpu") {
    const { width, height, bits, channels } = picture.pixels;
    return { width, height, bits, channels, output };
  }
  const { width, height, format } = picture.texture;
  return { width, height, bits: format === "rgba16float" ? 16 : 8, channels: picture.isOpaque ? 3 : 4, output };
}

/** A call as planned without its pixels: with room for alpha where the picture may have some. */
export function* plannedCall(session: NetworkSession, call: CallForm, request: Request): WorkInPieces<PlannedCall> {
  requirePicture(call);
  requireCountable(call, Math.max(request.scale, session.model.network.scale ** request.passes));
  const { output, ...picture } = call;
  if (output !== undefined && staysOnGpu(output, picture, request)) {
    const form = { ...picture, ...takenForm(call, request) };
    const isSeen = !form.isOpaque && request.alpha === "network";
    // A network that is to see the alpha is given it as a picture.
    const onGpu = isSeen ? undefined : pictureBytes(form, session.memoryBudget);
    return yield* plannedRoute(session, call, request, onGpu);
  }
  const { scale } = session.model.network;
  const { planner, memoryBudget, again } = session;
  return yield* planCall(
    { planner, scale, memoryBudget, request, again },
    picture,
    alphaChoice(picture, request, scale),
  );
}

/** Whether a picture on the GPU becomes a result of that kind without being read back. */
function staysOnGpu(output: OutputKind, picture: PictureForm, { alpha }: Request): boolean {
  if (output === "imageBitmap") return !hasAlpha(picture) || alpha === "ignore";
  return output === "texture" || output === "canvas";
}

/** The copy that is taken of a picture on the GPU. */
function takenForm(call: CallForm, { alpha }: Request) {
  const format = call.bits === 16 ? "rgba16float" : "rgba8unorm";
  return { format, isOpaque: !hasAlpha(call) || alpha === "ignore" } as const;
}

/** The call of a picture into a texture: one that takes `onGpu` bytes on the GPU, or whose copy was read back and goes up in parts. */
function* plannedRoute(
  session: NetworkSession,
  call: CallForm,
  request: Request,
  onGpu: number | undefined,
): WorkInPieces<PlannedCall> {
  const { width, height, bits: pictureBits, output } = call;
  const isGiven = onGpu !== undefined;
  const { planner, model } = session;
  const size = resultSize(call, request.scale);
  const { format, isOpaque } = takenForm(call, request);
  const shown = output === "canvas" ? "premultiplied" : "straight";
  const values = { transfer: "srgb", flip: false, alpha: isOpaque ? "opaque" : shown } as const;
  const store = textureStore(output === "texture" ? format : "rgba8unorm", values, { storesBgra: false });
  const bits = textureBits(store.form);
  const alpha = isOpaque ? undefined : alphaInto(call, request, { scale: model.network.scale, bits, isGiven });
  // A texture that is the result is the caller's.
  const ownBytes = (onGpu ?? 0) + (output === "texture" ? 0 : textureBytes(size, store.form.format));
  const memoryBudget = session.memoryBudget - ownBytes;
  const form = isGiven ? snapshotForm(format) : ({ kind: "packed", channels: 4, bits: pictureBits } as const);
  const start = { width, height, form, isGiven, gray: false };
  const context = { planner, scale: model.network.scale, memoryBudget, request };
  const target = opaqueTarget(store.form, "given");
  const planned = callOfRoute(yield* planRoute(context, start, { target: { ...target, ...alpha }, bits }));
  const peakBytes = planned.peakBytes + ownBytes;
  if (isGiven) return { ...planned, peakBytes, budget: memoryBudget };
  const before = request.alpha === "network" && !isOpaque ? yield* pixelsAlphaBytes(session, call, request) : 0;
  return { ...planned, peakBytes: Math.max(peakBytes, before, textureBytes(call, format)), budget: memoryBudget };
}

/** How alpha is stored beside the result of plannedRoute. */
function alphaInto(
  call: CallForm,
  request: Request,
  { scale, bits, isGiven }: { readonly scale: number; readonly bits: 8 | 16; readonly isGiven: boolean },
): AlphaChoice | undefined {
  if (isGiven) return textureAlphaChoice(call, resultSize(call, request.scale), bits, request.tileable);
  // Kernels store levels of alpha as they come, and what a network gives in floats.
  return alphaChoice({ ...call, bits }, request, scale);
}

/** What the network takes for the alpha of a picture, before there is a result. */
function* pixelsAlphaBytes(session: NetworkSession, call: CallForm, request: Request): WorkInPieces<number> {
  const { planner, memoryBudget, again, model } = session;
  const { scale } = model.network;
  const context = { planner, scale, memoryBudget, request, again };
  const { budget } = yield* planCall(context, call, alphaChoice(call, request, scale));
  return yield* networkAlphaBytes(context, call, budget);
}

export function upscalePlan(
  session: NetworkSession,
  picture: CallForm,
  request: Request,
  { precision, reason }: Pick<UpscalePlan, "precision" | "reason">,
): UpscalePlan {
  const call = doneAtOnce(plannedCall(session, picture, request));
  const { tiles, plan: last } = call.passes.at(-1)!;
  const columns = tiles.columns.spans.length;
  const rows = tiles.rows.spans.length;
  const counts = call.passes.map((pass) => pass.tiles.columns.spans.length * pass.tiles.rows.spans.length);
  const { network } = session.model;
  const isWhole = counts.map((count) => count === 1 && !request.tileable);
  // What seams of a pass become in the next was not measured.
  const areExact = call.passes.slice(0, -1).every((pass, at) => isWhole[at] || isExact(network, pass.tiles.overlap));
  const levels = isWhole.every(Boolean)
    ? 0
    : seamLevels(network, isWhole.at(-1) ? Number.POSITIVE_INFINITY : tiles.overlap, precision);
  return {
    ...resultSize(picture, request.scale),
    precision,
    reason: `${reason}; kernels: ${last.reason}`,
    passes: call.passes.length,
    tiles: counts.reduce((sum, count) => sum + count, 0),
    tile: {
      width: tiles.columns.size,
      height: tiles.rows.size,
      columns,
      rows,
      overlap: tiles.overlap,
      windows: last.windows,
    },
    seamLevels: areExact ? levels : undefined,
    dispatches: last.dispatches.length,
    pipelines: last.pipelines.length,
    peakBytes: call.peakBytes,
    weightBytes: last.weightBytes,
    flops: call.flops,
    buffers: last.buffers.map(({ label, byteLength }) => ({ label, byteLength })),
    steps: last.dispatches.map(({ node, op, variant, workgroups, flops, bytes, traffic }) => ({
      node,
      op,
      variant,
      workgroups,
      flops,
      bytes,
      traffic,
    })),
  };
}

/** @throws EsrganError "bad-input" */
function requirePicture({ width, height, bits, channels }: Omit<Pixels, "data">): void {
  if (!isPixelCount(width) || !isPixelCount(height)) {
    throw new EsrganError(
      "bad-input",
      `A picture's width and height must be positive integers, got ${width}x${height}`,
    );
  }
  if (bits !== 8 && bits !== 16) {
    throw new EsrganError("bad-input", `A picture has 8 or 16 bits a channel, got ${bits}`);
  }
  if (![1, 2, 3, 4].includes(channels)) {
    throw new EsrganError("bad-input", `A picture has 1 to 4 channels, got ${channels}`);
  }
}

/** @throws EsrganError "bad-input" for a picture whose tiles or bytes, enlarged by the most that any step does, cannot be counted exactly */
function requireCountable({ width, height }: PictureForm, scale: number): void {
  if (Math.max(width, height) > MAX_SIDE) {
    const most = `A picture's width and height must be positive integers of at most ${MAX_SIDE}`;
    throw new EsrganError("bad-input", `${most}, got ${width}x${height}`);
  }
  if (width * height * scale ** 2 > MAX_PIXELS) {
    const size = `${Math.round(width * scale)}x${Math.round(height * scale)}`;
    throw new EsrganError(
      "bad-input",
      `A picture of ${width}x${height} would become ${size}, more than ${MAX_PIXELS} pixels`,
    );
  }
}

function isPixelCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
