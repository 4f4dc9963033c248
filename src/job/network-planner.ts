// Owns the plans of one network in one storage: pure, and remembered, since pictures of one size come again and again. They are made in pieces, as
// those of a large network take longer than a page may stand still.

import { EsrganError } from "../errors.js";
import type { FusedGraph } from "../graph/fuse.js";
import type { StepBits } from "../ops/pixels.js";
import { roundUp } from "../ops/plane.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { type ExecutionPlan, type PictureIo, type PlanRequest, planExecutionInPieces } from "../plan/execution-plan.js";
import type { KernelSelection } from "../plan/kernel-selection.js";
import { CHECK_SIZE, kernelTrials, trialBytes } from "../plan/kernel-trials.js";
import type { TileShape } from "../plan/place.js";
import {
  chooseTiles,
  type NetworkSizes,
  networkSizes,
  type TileChoice,
  type TileRequest,
} from "../plan/tile-choice.js";
import type { Storage } from "../shaders/kernel.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";

/** The network as the device sees it. */
export interface PlannedNetwork {
  readonly capabilities: DeviceCapabilities;
  readonly fused: FusedGraph;
  /** Sizes that the network takes are multiples of it. */
  readonly multiple: number;
  readonly storage: Storage;
  readonly kernels: KernelSelection;
}

/** What decides the plan of a tile. */
export interface TileForm extends TileShape {
  readonly io: PictureIo;
  readonly mostFlops?: number | undefined;
}

/** How the network's result is stored as a picture. */
type StoredForm = Pick<PictureIo, "bits" | "gray">;

/** A request without what the network says. */
type UnplannedTiles = Omit<TileRequest, "multiple" | "storage" | "device">;

/** What the network over a few pixels tells. */
interface Check {
  /** The same at every size. */
  readonly weightBytes: number;
  /** What trying the kernels takes. */
  readonly bytes: number;
}

const SOURCE = { kind: "packed", channels: 3, bits: 8 } as const;

// A plan of a large network takes megabytes; few are in use at a time.
const REMEMBERED = 4;

export class NetworkPlanner {
  readonly #plans = new Map<string, ExecutionPlan>();
  readonly #choices = new Map<string, TileChoice>();
  readonly #checks = new Map<StepBits, Check>();
  #sizes: NetworkSizes | undefined;

  constructor(private readonly network: PlannedNetwork) {}

  get storage(): Storage {
    return this.network.storage;
  }

  get capabilities(): DeviceCapabilities {
    return this.network.capabilities;
  }

  get kernels(): KernelSelection {
    return this.network.kernels;
  }

  /**
   * How to cut a picture so that tiles and weights take at most `budget` bytes.
   * @throws as chooseTiles, also where there is no room to try the kernels
   */
  chooseTiles(request: UnplannedTiles): WorkInPieces<TileChoice> {
    return remembered(this.#choices, JSON.stringify(request), () => this.#chosenTiles(request));
  }

  /** @throws as planExecution */
  planTile(form: TileForm): WorkInPieces<ExecutionPlan> {
    const request = this.#request(form);
    return remembered(this.#plans, JSON.stringify(form), () => planExecutionInPieces(this.network.fused, request));
  }

  /** The network over a few pixels, between the same kernels. */
  planCheck({ bits, gray }: StoredForm): WorkInPieces<ExecutionPlan> {
    const length = roundUp(CHECK_SIZE, this.network.multiple);
    return this.planTile({ width: length, height: length, io: { kind: "picture", source: SOURCE, bits, gray } });
  }

  /** Bytes that trying the kernels takes before the first picture; none where they are taken at their word. */
  *checkBytes(bits: StepBits): WorkInPieces<number> {
    return (yield* this.#check(bits)).bytes;
  }

  *#chosenTiles(request: UnplannedTiles): WorkInPieces<TileChoice> {
    const { fused, multiple, capabilities, storage } = this.network;
    const check = yield* this.#check(request.bits);
    const budget = request.budget - check.weightBytes;
    this.#sizes ??= yield* networkSizes(fused, multiple);
    const whole = { ...request, budget, multiple, storage, device: capabilities };
    const tiles = yield* chooseTiles(this.#sizes, whole);
    if (check.bytes > request.budget) throw noRoomToCheck(check.bytes, request.budget);
    return tiles;
  }

  *#check(bits: StepBits): WorkInPieces<Check> {
    let check = this.#checks.get(bits);
    if (!check) {
      const plan = yield* this.planCheck({ bits, gray: false });
      const { operands, results } = trialBytes(kernelTrials(plan));
      const { kind } = this.capabilities;
      const bytes = kind === "software" ? 0 : plan.peakBytes + operands + results;
      check = { weightBytes: plan.weightBytes, bytes };
      this.#checks.set(bits, check);
    }
    return check;
  }

  #request(form: TileForm): PlanRequest {
    const { capabilities, storage, kernels } = this.network;
    return { ...form, ...kernels, storage, device: capabilities };
  }
}

function noRoomToCheck(bytes: number, budget: number): EsrganError {
  const left = Math.max(Math.floor(budget), 0);
  return new EsrganError("bad-input", `Trying the kernels needs ${bytes} bytes, the memory budget leaves ${left}`);
}

/** What `known` has under this name, or what `make` gives, which stays among those used last. */
function* remembered<T>(known: Map<string, T>, name: string, make: () => WorkInPieces<T>): WorkInPieces<T> {
  const found = known.get(name) ?? (yield* make());
  known.delete(name);
  known.set(name, found);
  if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
  return found;
}
