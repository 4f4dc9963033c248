// Owns what one network in one storage has on a device: its weights, and the prepared plan of one form of tile.

import { PreparedPlan } from "../gpu/executor.js";
import { compilePipelines } from "../gpu/pipeline-cache.js";
import { WeightStore } from "../gpu/weights.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import { NEVER, type Stop } from "../weights/stop.js";
import { requireRightKernels } from "./kernel-trust.js";
import type { NetworkPlanner, TileForm } from "./network-planner.js";

export class NetworkState {
  #weights: WeightStore;
  /** What the weights are packed for: another kernel may want them in another way. */
  #packing = "";
  /** One, so that memory is what its plan says. */
  #prepared: { readonly key: string; readonly form: TileForm; readonly plan: PreparedPlan<ExecutionPlan> } | undefined;
  #destroyed = false;

  constructor(
    readonly device: GPUDevice,
    readonly planner: NetworkPlanner,
  ) {
    this.#weights = new WeightStore(device);
  }

  /** @throws KernelRefused, EsrganError as NetworkPlanner.planTile, or "out-of-memory", "device-lost"; what stops it */
  async prepare(form: TileForm, stop = NEVER): Promise<PreparedPlan<ExecutionPlan>> {
    const key = JSON.stringify(form);
    if (this.#prepared?.key === key) return this.#prepared.plan;
    const plan = await doneInTurns(this.planner.planTile(form), stop);
    this.#dropPrepared();
    this.#usePackingOf(plan);
    const prepared = await this.#prepareChecked(plan, form, stop);
    if (this.#destroyed) {
      prepared.destroy();
      this.#weights.destroy();
    } else this.#prepared = { key, form, plan: prepared };
    return prepared;
  }

  /**
   * Has the kernels of a form of tile compiled, and packs and uploads the weights: all of prepare() but its buffers.
   * @throws as NetworkPlanner.planTile and WeightStore.require; what stops it
   */
  async makeReady(form: TileForm, stop: Stop): Promise<void> {
    const plan = await doneInTurns(this.planner.planTile(form), stop);
    this.#usePackingOf(plan);
    // Nobody waits for them here: a call that needs others need not, and one that needs these hears what is wrong.
    compilePipelines(this.device, plan.pipelines, { stop }).catch(() => {});
    await this.#weights.require(plan.constants, stop);
  }

  /** The form of tile that is prepared, and what it takes on the device, weights included. */
  get prepared(): { readonly form: TileForm; readonly bytes: number } | undefined {
    return this.#prepared && { form: this.#prepared.form, bytes: this.#prepared.plan.plan.peakBytes };
  }

  /** Frees what is prepared for another form of tile: before there is anything else that a call of this one needs. */
  keepOnly(form: TileForm): void {
    if (this.#prepared?.key !== JSON.stringify(form)) this.#dropPrepared();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#dropPrepared();
    this.#weights.destroy();
  }

  #usePackingOf({ constants }: ExecutionPlan): void {
    const packing = constants.map((data) => data.key).join();
    if (packing === this.#packing) return;
    this.#weights.destroy();
    this.#weights = new WeightStore(this.device);
    this.#packing = packing;
  }

  async #prepareChecked(plan: ExecutionPlan, { io }: TileForm, stop: Stop): Promise<PreparedPlan<ExecutionPlan>> {
    const weights = this.#weights;
    await requireRightKernels(this.device, this.planner, { plan, io, weights, stop });
    return PreparedPlan.create(this.device, plan, weights, stop);
  }

  #dropPrepared(): void {
    this.#prepared?.plan.destroy();
    this.#prepared = undefined;
  }
}
