// Owns the plans of one network in one storage: pure, and remembered, since pictures of one size come again and again.

import { EsrganError } from "../errors.js";
import type { FusedGraph } from "../graph/fuse.js";
import type { StepBits } from "../ops/pixels.js";
import { roundUp } from "../ops/plane.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import {
  type ExecutionPlan,
  type PictureIo,
  type PlanRequest,
  planExecution,
  planWeightBytes,
} from "../plan/execution-plan.js";
import type { KernelSelection } from "../plan/kernel-selection.js";
import { CHECK_SIZE, kernelTrials, trialBytes } from "../plan/kernel-trials.js";
import type { TileShape } from "../plan/place.js";
import { chooseTiles, type TileChoice, type TileRequest } from "../plan/tile-choice.js";
import type { Storage } from "../shaders/kernel.js";

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

const SOURCE = { kind: "packed", channels: 3, bits: 8 } as const;

// A plan of a large network takes megabytes; few are in use at a time.
const REMEMBERED = 4;

export class NetworkPlanner {
  readonly #plans = new Map<string, ExecutionPlan>();
  readonly #choices = new Map<string, TileChoice>();
  readonly #checks = new Map<StepBits, number>();
  #knownWeightBytes: number | undefined;

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
  chooseTiles(request: Omit<TileRequest, "multiple" | "storage" | "device">): TileChoice {
    return remembered(this.#choices, JSON.stringify(request), () => {
      const { fused, multiple, capabilities, storage } = this.network;
      const budget = request.budget - this.#weightBytes;
      const tiles = chooseTiles(fused, { ...request, budget, multiple, storage, device: capabilities });
      const check = this.checkBytes(request.bits);
      if (check > request.budget) throw noRoomToCheck(check, request.budget);
      return tiles;
    });
  }

  /** @throws as planExecution */
  planTile(form: TileForm): ExecutionPlan {
    return remembered(this.#plans, JSON.stringify(form), () => planExecution(this.network.fused, this.#request(form)));
  }

  /** The network over a few pixels, between the same kernels. */
  planCheck({ bits, gray }: StoredForm): ExecutionPlan {
    const length = roundUp(CHECK_SIZE, this.network.multiple);
    return this.planTile({ width: length, height: length, io: { kind: "picture", source: SOURCE, bits, gray } });
  }

  /** Bytes that trying the kernels takes before the first picture; none where they are taken at their word. */
  checkBytes(bits: StepBits): number {
    if (this.capabilities.kind === "software") return 0;
    const known = this.#checks.get(bits);
    if (known !== undefined) return known;
    const plan = this.planCheck({ bits, gray: false });
    const { operands, results } = trialBytes(kernelTrials(plan));
    const bytes = plan.peakBytes + operands + results;
    this.#checks.set(bits, bytes);
    return bytes;
  }

  /** The same at every size, so the smallest tells. */
  get #weightBytes(): number {
    const length = this.network.multiple;
    const io = { kind: "picture", source: SOURCE, bits: 8, gray: false } as const;
    const request = this.#request({ width: length, height: length, io });
    this.#knownWeightBytes ??= planWeightBytes(this.network.fused, request);
    return this.#knownWeightBytes;
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
function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make();
  known.delete(name);
  known.set(name, found);
  if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
  return found;
}
