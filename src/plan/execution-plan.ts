// Owns the execution plan of a network for one size of tile: placed, lowered, bound. Pure: the same for a dry run, the tests, the
// benchmark and the GPU.

import type { FusedGraph } from "../graph/fuse.js";
import { accumulateKernel, type SourceForm } from "../ops/picture.kernels.js";
import type { StepBits } from "../ops/pixels.js";
import type { Storage } from "../shaders/kernel.js";
import { doneAtOnce, type WorkInPieces } from "../weights/event-loop-yield.js";
import { bandsOf } from "./bands.js";
import { bindCalls, type PlacedCall } from "./bind.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { kernelReason } from "./choose-kernel.js";
import { lowerNetwork } from "./lower.js";
import type { MemoryPlan } from "./memory-plan.js";
import { type PictureEnd, type PictureTarget, pictureBuffers, storeTargetCall } from "./picture-buffers.js";
import { type PlacedNetwork, placeNetwork, rangeOf, rangeOfValue, type TileShape } from "./place.js";
import { type ConvChooser, networkFlops } from "./plan-convs.js";
import {
  bytesOfBuffers,
  bytesOfConstants,
  type DispatchRange,
  type PlannedRange,
  type RunnablePlan,
  requireFits,
} from "./runnable-plan.js";

/** How the picture comes and goes. `tensor` leaves both to the caller, who writes and reads the slots: tests do. */
export type PlanIo = { readonly kind: "tensor" } | PictureIo;

export interface PictureIo {
  readonly kind: "picture";
  readonly source: SourceForm;
  /** A packed source lies on the GPU as a whole; else the plan has a buffer for the part that a tile reads. */
  readonly isGiven?: boolean;
  /** Of the result before it is stored. */
  readonly bits: StepBits;
  /** The result is the luma. */
  readonly gray: boolean;
  /** By default the result is read back as it is, RGBA. */
  readonly target?: PictureTarget | undefined;
  /** Regions whose uniforms are there at once; by default one, which is written again for each. */
  readonly regions?: number;
}

export interface PlanRequest extends TileShape {
  readonly io: PlanIo;
  readonly storage: Storage;
  readonly device: DeviceCapabilities;
  /** As in KernelChoice. */
  readonly chooseConv?: ConvChooser | undefined;
  /** Why it chooses so, in half a sentence, given what the table of devices says, which is the default. */
  readonly kernelReason?: ((ofTable: string) => string) | undefined;
  /** The work of a dispatch, at most: longer ones are cut into bands of rows. By default none is. */
  readonly mostFlops?: number | undefined;
}

export interface ExecutionPlan extends RunnablePlan {
  readonly storage: Storage;
  /** Everything on the GPU while the plan runs, weights included. */
  readonly peakBytes: number;
  readonly weightBytes: number;
  /** Of one run. */
  readonly flops: number;
  /** Why these kernels: half a sentence. */
  readonly reason: string;
  readonly memory: MemoryPlan;
  /** Windows that the tail is computed in. */
  readonly windows: number;
  /** Where the network's input and output lie; the output has no slot where the last kernel stores pixels. */
  readonly input: PlannedRange;
  readonly output: PlannedRange | undefined;
  /** The dispatches of a run, those of one that lies on its side, and those that store what eight runs have added up. */
  readonly ranges: {
    readonly run: DispatchRange;
    readonly turned: DispatchRange | undefined;
    readonly store: DispatchRange | undefined;
  };
}

/**
 * Plans `fused` for an input of the requested size.
 * @throws EsrganError "unsupported-device" naming the buffer, its size and the limit it passes
 */
export function planExecution(fused: FusedGraph, request: PlanRequest): ExecutionPlan {
  return doneAtOnce(planExecutionInPieces(fused, request));
}

/** The same in pieces: a network of 350 convolutions takes a tenth of a second, in many windows several. */
export function* planExecutionInPieces(fused: FusedGraph, request: PlanRequest): WorkInPieces<ExecutionPlan> {
  const { io, storage, device } = request;
  const placed = yield* placeNetwork(fused, request, storage, { isPicture: io.kind === "picture" });
  const turned = yield* turnedNetwork(placed, request);
  const end = io.kind === "picture" ? pictureEnd(placed, request, io) : undefined;
  const run = yield* callsOf(placed, request, end);
  const calls = [...run, ...(turned ? yield* callsOf(turned, request, end) : [])];
  const stores = end?.target?.isMean ? [storeTargetCall(end.target, end.result.bits)] : [];
  const slots = [...placed.slots, ...(turned?.slots ?? [])];
  const bound = yield* bindCalls([...calls, ...stores], [...slots, ...(end ? pictureBuffers(end) : [])]);
  const weightBytes = bytesOfConstants(bound.constants);
  const { input, output } = fused.graph;
  const placement = placed.memory.placements.get(output);
  const ofTable = kernelReason(device, storage, networkFlops(placed));
  const plan: ExecutionPlan = {
    ...bound,
    storage,
    weightBytes,
    peakBytes: weightBytes + bytesOfBuffers(bound.buffers),
    flops: run.reduce((sum, { flops }) => sum + flops, 0),
    reason: request.kernelReason?.(ofTable) ?? ofTable,
    memory: placed.memory,
    windows: placed.windows.length,
    input: rangeOfValue(placed, input),
    output: placement && rangeOf(placed, placement),
    ranges: {
      run: { from: 0, to: run.length },
      turned: turned && { from: run.length, to: calls.length },
      store: stores.length > 0 ? { from: calls.length, to: calls.length + stores.length } : undefined,
    },
  };
  requireFits(plan, device, `A tile of ${request.width}x${request.height} pixels`);
  return plan;
}

/** The network for tiles that lie on their side, where self-ensemble needs it and they are of another form. */
function* turnedNetwork(placed: PlacedNetwork, request: PlanRequest): WorkInPieces<PlacedNetwork | undefined> {
  const { io, width, height, windows = { columns: 1, rows: 1 }, storage } = request;
  if (io.kind !== "picture" || !io.target?.isMean || width === height) return undefined;
  const shape = { width: height, height: width, windows: { columns: windows.rows, rows: windows.columns } };
  return yield* placeNetwork(placed.fused, shape, storage, { isPicture: true, firstSlot: placed.slots.length });
}

function pictureEnd(placed: PlacedNetwork, { width, height }: PlanRequest, io: PictureIo): PictureEnd {
  const { source, isGiven = false, bits, target, regions = 1 } = io;
  const uploaded = isGiven ? undefined : { width, height };
  return { source, uploaded, result: { ...placed.result, bits }, target, regions };
}

/** From a region of the source to its result, which is stored or added to those before. */
function* callsOf(
  placed: PlacedNetwork,
  request: PlanRequest,
  end: PictureEnd | undefined,
): WorkInPieces<PlacedCall[]> {
  const { io } = request;
  if (io.kind !== "picture" || !end) return yield* lowerNetwork(placed, request, undefined);
  const { mostFlops = Number.POSITIVE_INFINITY } = request;
  const whole = yield* lowerNetwork(placed, request, { source: io.source, store: io });
  const calls = whole.flatMap((call) => bandsOf(call, mostFlops));
  if (!end.target) return calls;
  const { target } = end;
  if (!target.isMean) return [...calls, storeTargetCall(target, io.bits)];
  const accumulate: PlacedCall = {
    node: "accumulate",
    op: "accumulate",
    call: accumulateKernel(target.kept),
    reads: [],
    writes: undefined,
    planes: {},
    flops: 0,
  };
  return [...calls, accumulate];
}
