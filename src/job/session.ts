// Owns what calls share on one device: the plans of one model, and what is prepared of them. A call that fails or is stopped leaves
// nothing behind.

import { EsrganError } from "../errors.js";
import { capabilitiesOf } from "../gpu/capabilities.js";
import { knownKernels } from "../gpu/known-kernels.js";
import { compilePipelines, KernelRefused } from "../gpu/pipeline-cache.js";
import { type FusedGraph, fuse } from "../graph/fuse.js";
import type { Model } from "../models/model.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import type { PrecisionChoice } from "../plan/choose-kernel.js";
import { selectKernels } from "../plan/kernel-selection.js";
import type { PlannedPipeline } from "../plan/runnable-plan.js";
import { type TunedChooser, type TuningTable, tunedChooser } from "../plan/tuning.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import { Stop } from "../weights/stop.js";
import { DeviceIdle } from "./device-idle.js";
import { NetworkPlanner } from "./network-planner.js";
import { NetworkState } from "./network-state.js";

export interface SessionOptions {
  readonly choice: PrecisionChoice;
  /** Bytes that everything on the GPU may take together. */
  readonly memoryBudget: number;
  readonly tuning?: TuningTable | undefined;
  /** Aborted once the session may not be used any more. */
  readonly destroyed: AbortSignal;
}

/** What a call has on the device beside the network. */
export interface Owned {
  destroy(): void;
}

export class NetworkSession {
  readonly capabilities: DeviceCapabilities;
  readonly fused: FusedGraph;
  readonly choice: PrecisionChoice;
  readonly memoryBudget: number;
  /** For the storage chosen. */
  #planner: NetworkPlanner;
  #again: NetworkPlanner | undefined;
  #state: NetworkState;
  #tuned: TunedChooser | undefined;
  readonly #destroyed: AbortSignal;
  readonly #owned = new Set<Owned>();

  constructor(
    readonly device: GPUDevice,
    readonly model: Model,
    { choice, memoryBudget, tuning, destroyed }: SessionOptions,
  ) {
    this.capabilities = capabilitiesOf(device);
    this.fused = fuse(model.network.graph);
    this.choice = choice;
    this.memoryBudget = memoryBudget;
    this.#destroyed = destroyed;
    if (tuning) this.#tuned = tunedChooser(tuning, this.capabilities, choice.storage);
    this.#planner = this.plannerFor(choice.storage);
    this.#state = new NetworkState(device, this.#planner);
  }

  /** Plans for the storage chosen, which is not that of the state while a picture is done over in f32. */
  get planner(): NetworkPlanner {
    return this.#planner;
  }

  /** Plans what is done over in f32; undefined where that is the storage chosen. */
  get again(): NetworkPlanner | undefined {
    if (this.choice.storage === "f32") return undefined;
    this.#again ??= this.plannerFor("f32");
    return this.#again;
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** Whether the state is of the storage chosen. */
  get isAsChosen(): boolean {
    return this.#state.planner === this.#planner;
  }

  plannerFor(storage: PrecisionChoice["storage"], tuned = this.#tuned): NetworkPlanner {
    return new NetworkPlanner({
      capabilities: this.capabilities,
      fused: this.fused,
      multiple: this.model.network.multiple,
      storage,
      kernels: selectKernels(
        this.capabilities,
        storage,
        // What was measured is for one storage.
        storage === this.choice.storage ? tuned : undefined,
        knownKernels(this.device).refused,
      ),
    });
  }

  /**
   * Compiles what a table's kernels need for the picture that came last, and uses them from the next one on. Where they are those in use
   * nothing changes. Throws where `signal` is aborted meanwhile, and has changed nothing.
   */
  async adoptTuning(table: TuningTable, signal: AbortSignal): Promise<void> {
    const tuned = tunedChooser(table, this.capabilities, this.choice.storage);
    const planner = this.plannerFor(this.choice.storage, tuned);
    const form = this.#state.prepared?.form;
    if (form) {
      const stop = new Stop(signal);
      const pipelinesOf = async (each: NetworkPlanner) => (await doneInTurns(each.planTile(form), stop)).pipelines;
      const [next, now] = [await pipelinesOf(planner), await pipelinesOf(this.#planner)];
      const codes = (pipelines: readonly PlannedPipeline[]) => pipelines.map(({ code }) => code).join();
      if (codes(next) === codes(now)) return;
      await compilePipelines(this.device, next, { stop });
    }
    signal.throwIfAborted();
    this.useTuning(table);
  }

  /** From now on kernels are chosen by this table. Others may want their weights packed in another way. */
  useTuning(table: TuningTable): void {
    this.#tuned = tunedChooser(table, this.capabilities, this.choice.storage);
    this.#planner = this.plannerFor(this.choice.storage);
    this.reset();
  }

  /**
   * Chooses other kernels in place of those that the device refused, and tells. Throws the error where it says of none, or where nothing
   * could take their place.
   */
  replaceRefused(error: unknown, onNote?: (note: string) => void): void {
    if (!(error instanceof KernelRefused) || error.kernels.some(({ pipeline }) => !isReplaceable(pipeline)))
      throw error;
    const { refused } = knownKernels(this.device);
    for (const { pipeline, why } of error.kernels) refused.add({ ...pipeline.conv!, why });
    const { isAsChosen } = this;
    this.#planner = this.plannerFor(this.choice.storage);
    this.#again = undefined;
    this.reset(isAsChosen ? this.#planner : this.again);
    for (const { why } of error.kernels) onNote?.(`${why}, so another kernel takes its place`);
  }

  /** `work`, again with other kernels as often as the device refuses those that it takes. */
  async withWillingKernels<T>(work: () => Promise<T>, onNote?: (note: string) => void): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        this.replaceRefused(error, onNote);
      }
    }
  }

  /** Frees `thing` when the session is destroyed, though its call may stand still for ever, unless it was let go by then. */
  own<T extends Owned>(thing: T): T {
    if (this.#destroyed.aborted) {
      thing.destroy();
      this.#destroyed.throwIfAborted();
    }
    this.#owned.add(thing);
    return thing;
  }

  /** Frees it now. */
  free(thing: Owned): void {
    this.#owned.delete(thing);
    thing.destroy();
  }

  /** Frees what is on the device; what comes next is planned by `planner`. */
  reset(planner = this.#planner): void {
    this.#state.destroy();
    if (!this.#destroyed.aborted) this.#state = new NetworkState(this.device, planner);
  }

  /** Leaves nothing on the device of a call that was not finished, and no f32 state of one that had to be done in f32. */
  endCall(isWhole: boolean): void {
    if (!isWhole || !this.isAsChosen) this.reset();
  }

  /** What fails because the session was destroyed says so; whatever fails leaves nothing on the device. */
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#destroyed.throwIfAborted();
      return result;
    } catch (error) {
      this.reset();
      this.#destroyed.throwIfAborted();
      throw error;
    }
  }

  /** Runs a call on the device. Where that is lost, what was prepared before goes too. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await DeviceIdle.of(this.device).during(call);
    } catch (error) {
      if (error instanceof EsrganError && error.code === "device-lost") this.reset();
      throw error;
    }
  }

  destroy(): void {
    this.#state.destroy();
    for (const thing of this.#owned) this.free(thing);
  }
}

/** Whether another kernel could take its place: nothing is simpler than the plain one. */
function isReplaceable({ conv }: PlannedPipeline): boolean {
  return conv !== undefined && conv.variant.kind !== "plain";
}
