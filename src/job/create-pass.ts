// Owns making a pass: planned for the budget and, where slices are to be short, for the speed of the device; in smaller tiles where
// the device has less memory.

import { EsrganError } from "../errors.js";
import { untilLost } from "../gpu/device-loss.js";
import { PreparedPlan } from "../gpu/executor.js";
import { WeightStore } from "../gpu/weights.js";
import { planExecution } from "../plan/execution-plan.js";
import { type PassOptions, passRequest } from "./pass-options.js";
import { planPass } from "./pass-plan.js";
import { requestOf } from "./request.js";
import type { NetworkSession } from "./session.js";
import { UpscalePass } from "./upscale-pass.js";

// Large enough to fill a GPU, small enough for a software adapter.
const PROBE_SIZE = 96;

// Assumed where nothing was measured: a GPU of 1 TFLOP/s.
const USUAL_FLOPS_PER_MS = 1e9;

// Bands are planned for so much of the slice that is allowed, as speed varies with the layer.
const BAND_SHARE = 0.5;

/** @throws EsrganError "bad-input", "unsupported-device", "out-of-memory", "device-lost" */
export async function createPass(session: NetworkSession, options: PassOptions): Promise<UpscalePass> {
  const request = passRequest(options);
  const { device, model, planner, memoryBudget } = session;
  const { overlap } = requestOf({}, model.network);
  const { maxSliceMs } = request;
  const flopsPerMs = maxSliceMs === undefined ? USUAL_FLOPS_PER_MS : await measuredSpeed(session);
  const mostFlops = maxSliceMs === undefined ? undefined : maxSliceMs * flopsPerMs * BAND_SHARE;
  const storesBgra = device.features.has("bgra8unorm-storage");
  let memoryError: unknown;
  for (let budget = memoryBudget; ; ) {
    let plan: ReturnType<typeof planPass>;
    try {
      const { scale } = model.network;
      plan = planPass(request, { planner, scale, overlap, budget, storesBgra, mostFlops });
    } catch (error) {
      throw memoryError ?? error;
    }
    const execution = planner.planTile(plan.tile);
    try {
      return await UpscalePass.create(device, request, { ...plan, execution }, flopsPerMs);
    } catch (error) {
      if (!(error instanceof EsrganError && error.code === "out-of-memory")) throw error;
      memoryError = error;
      budget = execution.weightBytes + Math.floor((execution.peakBytes - execution.weightBytes) / 2);
    }
  }
}

/** FLOPs that the device does of this network in a millisecond, by a run of a small picture. */
async function measuredSpeed({ device, fused, capabilities, choice, model, planner }: NetworkSession): Promise<number> {
  const { multiple } = model.network;
  const size = Math.ceil(PROBE_SIZE / multiple) * multiple;
  const { storage } = choice;
  const plan = planExecution(fused, {
    width: size,
    height: size,
    io: { kind: "tensor" },
    storage,
    device: capabilities,
    chooseConv: planner.chooseConv,
  });
  const weights = new WeightStore(device);
  let prepared: PreparedPlan | undefined;
  try {
    prepared = await PreparedPlan.create(device, plan, weights);
    await prepared.run(); // the first run waits for more than its dispatches
    const start = performance.now();
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu speed" });
    prepared.encode(encoder);
    device.queue.submit([encoder.finish()]);
    await untilLost(device, device.queue.onSubmittedWorkDone());
    return plan.flops / Math.max(performance.now() - start, 0.1);
  } finally {
    prepared?.destroy();
    weights.destroy();
  }
}
