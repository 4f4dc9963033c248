// Owns what one network in one storage has on a device: its weights, and the prepared plan of one form of tile.

import { untilLost } from "../gpu/device-loss.js";
import { PreparedPlan } from "../gpu/executor.js";
import { WeightStore } from "../gpu/weights.js";
import type { DeviceCapabilities } from "../graph/capabilities.js";
import { type ExecutionPlan, planExecution } from "../graph/execution-plan.js";
import type { FusedGraph } from "../graph/fuse.js";
import { chooseTiles, type TileChoice, type TileRequest } from "../graph/tile-choice.js";
import type { ConvForm, ConvVariant } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";

/** The network as the device sees it. */
export interface DeviceNetwork {
  readonly device: GPUDevice;
  readonly capabilities: DeviceCapabilities;
  readonly fused: FusedGraph;
  readonly multiple: number;
  readonly chooseConv: ((form: ConvForm) => ConvVariant | undefined) | undefined;
}

/** What decides the plan of a tile. */
export interface TileForm {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16;
  readonly outBits: 8 | 16;
  readonly gray: boolean;
  readonly windows: TileChoice["windows"];
}

export class NetworkState {
  #weights: WeightStore;
  /** What the weights are packed for: another kernel may want them in another way. */
  #packing = "";
  #weightBytes: number | undefined;
  /** One, so that memory is what its plan says. */
  #prepared: { readonly key: string; readonly plan: PreparedPlan } | undefined;
  #destroyed = false;

  constructor(
    private readonly network: DeviceNetwork,
    readonly storage: Storage,
  ) {
    this.#weights = new WeightStore(network.device);
  }

  get weightBytes(): number {
    if (this.#weightBytes === undefined) {
      const length = this.network.multiple;
      const windows = { columns: 1, rows: 1 };
      const form = { width: length, height: length, bits: 8, outBits: 8, gray: false, windows } as const;
      this.#weightBytes = this.planTile(form).weightBytes;
    }
    return this.#weightBytes;
  }

  /**
   * How to cut a picture so that tiles and weights take at most `budget` bytes.
   * @throws as chooseTiles
   */
  chooseTiles(request: Omit<TileRequest, "multiple" | "storage" | "device">): TileChoice {
    const { fused, multiple, capabilities } = this.network;
    const budget = request.budget - this.weightBytes;
    return chooseTiles(fused, { ...request, budget, multiple, storage: this.storage, device: capabilities });
  }

  /** @throws as planExecution */
  planTile({ width, height, bits, outBits, gray, windows }: TileForm): ExecutionPlan {
    const { fused, capabilities, chooseConv } = this.network;
    return planExecution(fused, {
      width,
      height,
      windows,
      storage: this.storage,
      device: capabilities,
      ...(chooseConv ? { chooseConv } : {}),
      io: { kind: "pixels", bits, outBits, gray },
    });
  }

  /** @throws EsrganError as planTile, or "out-of-memory", "device-lost" */
  async prepare(form: TileForm): Promise<PreparedPlan> {
    const key = JSON.stringify(form);
    if (this.#prepared?.key === key) return this.#prepared.plan;
    const { device } = this.network;
    const plan = this.planTile(form);
    this.#dropPrepared();
    const packing = plan.constants.map((data) => data.key).join();
    if (packing !== this.#packing) {
      this.#weights.destroy();
      this.#weights = new WeightStore(device);
      this.#packing = packing;
    }
    const prepared = await untilLost(device, PreparedPlan.create(device, plan, this.#weights));
    if (this.#destroyed) {
      prepared.destroy();
      this.#weights.destroy();
    } else this.#prepared = { key, plan: prepared };
    return prepared;
  }

  destroy(): void {
    this.#destroyed = true;
    this.#dropPrepared();
    this.#weights.destroy();
  }

  #dropPrepared(): void {
    this.#prepared?.plan.destroy();
    this.#prepared = undefined;
  }
}
