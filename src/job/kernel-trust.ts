// Owns that results can be trusted: each convolution kernel is held against the CPU once a device, before the first picture that it computes.

import { knownKernels } from "../gpu/known-kernels.js";
import { compilePipelines, KernelRefused } from "../gpu/pipeline-cache.js";
import { deviceKey, keep, loadKept } from "../gpu/tuning-store.js";
import type { WeightStore } from "../gpu/weights.js";
import { loadPart } from "../load-part.js";
import type { ExecutionPlan, PictureIo } from "../plan/execution-plan.js";
import { kernelKey } from "../plan/refused-kernels.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import type { Stop } from "../weights/stop.js";
import type { NetworkPlanner } from "./network-planner.js";

/**
 * Tries those kernels of `plan` that were not tried on the device yet, over a few pixels: the pipelines are the plan's own. Software
 * adapters, which are the same everywhere, are taken at their word. Takes NetworkPlanner.checkBytes.
 * @throws KernelRefused with those that computed something else than the CPU; EsrganError as PreparedPlan.create; what stops it
 */
export async function requireRightKernels(
  device: GPUDevice,
  planner: NetworkPlanner,
  {
    plan,
    io: { bits, gray },
    weights,
    stop,
  }: { readonly plan: ExecutionPlan; readonly io: PictureIo; readonly weights: WeightStore; readonly stop: Stop },
): Promise<void> {
  if (planner.capabilities.kind === "software") return;
  const { checked } = knownKernels(device);
  const keys = plan.pipelines.flatMap(({ conv }) => (conv && conv.variant.kind !== "plain" ? [kernelKey(conv)] : []));
  if (keys.every((key) => checked.has(key))) return;
  // All of them at once, though those that are checked come first.
  compilePipelines(device, plan.pipelines).catch(() => {});
  await recall(device);
  const open = new Set(keys.filter((key) => !checked.has(key)));
  if (open.size === 0) return;
  const { wrongKernels } = await loadPart(() => import("../gpu/kernel-check.js"));
  const small = await doneInTurns(planner.planCheck({ bits, gray }), stop);
  const wrong = await wrongKernels(device, small, { keys: open, weights, store: { bits, gray }, stop });
  for (const { pipeline } of wrong) open.delete(kernelKey(pipeline.conv!));
  for (const key of open) checked.add(key);
  await keep(device, keptAs(device), [...checked]);
  if (wrong.length === 0) return;
  throw new KernelRefused(
    wrong.map(({ pipeline, error }) => ({
      pipeline,
      why: `The kernel "${pipeline.label}" gave wrong results on this device (off by ${error.toExponential(1)})`,
    })),
  );
}

const recalled = new WeakSet<GPUDevice>();

/** Knows from now on what was found right in earlier runs. */
async function recall(device: GPUDevice): Promise<void> {
  if (recalled.has(device)) return;
  recalled.add(device);
  const kept = await loadKept(device, keptAs(device));
  if (!Array.isArray(kept)) return;
  for (const key of kept) if (typeof key === "string") knownKernels(device).checked.add(key);
}

function keptAs(device: GPUDevice): string {
  return `checked kernels ${deviceKey(device)}`;
}
