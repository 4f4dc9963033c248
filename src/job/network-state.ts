// Owns what one network in one storage has on a device: its weights, and the prepared plan of one form of tile.

import { PreparedPlan } from "../gpu/executor.js";
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
    const { device } = this;
    const plan = await doneInTurns(this.planner.planTile(form), stop);
    this.#dropPrepared();
    const packing = plan.constants.map((data) => data.key).join();
    if (packing !== this.#packing) {
      this.#weights.destroy();
      this.#weights = new WeightStore(device);
      this.#packing = packing;
    }
    const prepared = await this.#prepareChecked(plan, form, stop);
    if (this.#destroyed) {
      prepared.destroy();
      this.#weights.destroy();
    } else this.#prepared = { key, form, plan: prepared };
    return prepared;
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
