// Owns the predictions of whole networks: planned as the library would for pixels on such a GPU, tiles and all.

import { fuse } from "../../src/graph/fuse.js";
import { NetworkPlanner } from "../../src/job/network-planner.js";
import { planCall } from "../../src/job/planned-call.js";
import { requestOf } from "../../src/job/request.js";
import type { Network } from "../../src/models/network.js";
import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";
import { type Machine, type Prediction, predict } from "./predict.js";

/** The library's default. */
const MOST_BUDGET = 2 ** 30;

export interface NetworkPrediction extends Prediction {
  readonly tiles: number;
  /** Of the whole picture, as the network means them. */
  readonly flops: number;
}

/** Milliseconds of all dispatches of a call that upscales RGB of 8 bits by the network's own scale. */
export function predictNetwork(
  network: Network,
  { width, height }: { readonly width: number; readonly height: number },
  storage: Storage,
  capabilities: DeviceCapabilities,
  machine: Machine,
): NetworkPrediction {
  const { scale, multiple, graph } = network;
  const planner = new NetworkPlanner({ capabilities, fused: fuse(graph), multiple, storage, kernels: {} });
  const request = requestOf({}, network);
  const memoryBudget = Math.min(capabilities.maxBufferSize, MOST_BUDGET);
  const picture = { width, height, channels: 3, bits: 8 } as const;
  const { passes, flops } = doneAtOnce(planCall({ planner, scale, memoryBudget, request }, picture, undefined));
  const [pass] = passes;
  const prediction = predict(pass!.plan.dispatches, storage, machine, pass!.runs);
  return { ...prediction, tiles: pass!.runs, flops };
}
