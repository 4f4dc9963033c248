// Owns making a pass: planned for the budget and, where slices are to be short, for the speed of the device; in smaller tiles where
// the device has less memory.

import { EsrganError } from "../errors.js";
import { answered } from "../gpu/device-loss.js";
import { PreparedPlan } from "../gpu/executor.js";
import { requireTextureSize } from "../gpu/external-image.js";
import { WeightStore } from "../gpu/weights.js";
import { roundUp } from "../ops/plane.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { planExecutionInPieces } from "../plan/execution-plan.js";
import { requireReadable, requireStorable } from "../plan/texture-forms.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import type { Stop } from "../weights/stop.js";
import { requireRightKernels } from "./kernel-trust.js";
import type { PassRequest } from "./pass-options.js";
import { type PassPlan, planPass } from "./pass-plan.js";
import { SliceSpeed } from "./pass-slices.js";
import { requestOf } from "./request.js";
import type { NetworkSession } from "./session.js";
import { UpscalePass } from "./upscale-pass.js";

export { passRequest } from "./pass-options.js";

// Sides of the picture that speed is measured by: large enough to fill a GPU, or small enough for seconds on a software adapter.
const PROBE_SIZE: { readonly [K in DeviceCapabilities["kind"]]: number } = { gpu: 96, software: 16 };

// FLOPs a millisecond, assumed where nothing was measured: a GPU of 1 TFLOP/s.
const USUAL_SPEED: { readonly [K in DeviceCapabilities["kind"]]: number } = { gpu: 1e9, software: 1e7 };

// Bands are planned for so much of the slice that is allowed, as speed varies with the layer.
const BAND_SHARE = 0.5;

/** @throws EsrganError "bad-input", "unsupported-device", "out-of-memory", "device-lost"; what stops it */
export async function createPass(session: NetworkSession, request: PassRequest, stop: Stop): Promise<UpscalePass> {
  const { device, model, planner } = session;
  const { overlap } = requestOf({}, model.network);
  const { scale } = model.network;
  const storesBgra = device.features.has("bgra8unorm-storage");
  requireReadable(request.input);
  requireStorable(request.output);
  const { width, height, maxSliceMs } = request;
  requireTextureSize(device, { width: width * scale, height: height * scale }, "The output");
  const measured = maxSliceMs === undefined ? undefined : await measuredSpeed(session, stop);
  const flopsPerMs = measured ?? USUAL_SPEED[session.capabilities.kind];
  const mostFlops = maxSliceMs === undefined ? undefined : maxSliceMs * flopsPerMs * BAND_SHARE;
  let memoryError: unknown;
  for (let budget = session.memoryBudget; ; ) {
    let plan: PassPlan;
    try {
      plan = await doneInTurns(planPass(request, { planner, scale, overlap, budget, storesBgra, mostFlops }), stop);
    } catch (error) {
      stop.check();
      throw memoryError ?? error;
    }
    try {
      const speed = new SliceSpeed(flopsPerMs, measured === undefined ? "assumed" : "measured");
      const { execution, tile } = plan;
      const check = (weights: WeightStore) =>
        requireRightKernels(device, planner, { plan: execution, io: tile.io, weights, stop });
      return await UpscalePass.create(device, request, plan, { speed, check, stop });
    } catch (error) {
      if (!(error instanceof EsrganError && error.code === "out-of-memory")) throw error;
      memoryError = error;
      const fixed = plan.execution.weightBytes + plan.textureBytes;
      budget = fixed + Math.floor((plan.bytes - fixed) / 2);
    }
  }
}

/** FLOPs that the device does of this network in a millisecond, by a run of a small picture. */
async function measuredSpeed(
  { device, fused, capabilities, choice, model, planner }: NetworkSession,
  stop: Stop,
): Promise<number> {
  const { multiple } = model.network;
  const size = roundUp(PROBE_SIZE[capabilities.kind], multiple);
  const { storage } = choice;
  const probe = { width: size, height: size, io: { kind: "tensor" }, storage, device: capabilities } as const;
  const plan = await doneInTurns(planExecutionInPieces(fused, { ...probe, ...planner.kernels }), stop);
  const weights = new WeightStore(device);
  let prepared: PreparedPlan | undefined;
  try {
    prepared = await PreparedPlan.create(device, plan, weights, stop);
    await prepared.run({ checkpoint: stop.check }); // the first run waits for more than its dispatches
    const start = performance.now();
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu speed" });
    prepared.encode(encoder);
    device.queue.submit([encoder.finish()]);
    await answered(device, "the end of a submit", () => device.queue.onSubmittedWorkDone());
    return plan.flops / Math.max(performance.now() - start, 0.1);
  } finally {
    prepared?.destroy();
    weights.destroy();
  }
}
