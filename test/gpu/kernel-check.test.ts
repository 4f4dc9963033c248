// The check of kernels by itself: that it costs what it tries, and no more.

import { expect, it } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { wrongKernels } from "../../src/gpu/kernel-check.js";
import { WeightStore } from "../../src/gpu/weights.js";
import { NetworkSession } from "../../src/job/session.js";
import { choosePrecision } from "../../src/plan/choose-kernel.js";
import { kernelKey } from "../../src/plan/refused-kernels.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";
import { compactWeights, lumaWeights, modelOf } from "../cases/networks.js";
import { fakeGpu } from "./fake-gpu.js";
import { kept } from "./kept.js";

it.each([
  ["Compact", compactWeights({ scale: 2, blocks: 12, features: 8 })],
  ["SRCNN, which replicates the edge", lumaWeights("srcnn")],
  ["SRCNN without padding", lumaWeights("srcnn", { metadata: { padding: "valid" } })],
  ["FSRCNN, whose convolution is transposed", lumaWeights("fsrcnn")],
])("records a dispatch for each kernel that it tries, however deep the network: %s", async (_, weightsOfModel) => {
  const { device } = await fakeGpu();
  const model = modelOf(weightsOfModel);
  const session = new NetworkSession(device, model, {
    choice: choosePrecision("f32", capabilitiesOf(device)),
    memoryBudget: 2 ** 30,
    destroyed: new AbortController().signal,
  });
  const plan = doneAtOnce(session.planner.planCheck({ bits: 8, gray: false }));
  const keys = new Set(plan.pipelines.flatMap(({ conv }) => (conv ? [kernelKey(conv)] : [])));
  let dispatches = 0;
  const { createCommandEncoder } = device;
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder.call(device, descriptor);
    const { beginComputePass } = encoder;
    encoder.beginComputePass = (...given) => {
      const pass = beginComputePass.apply(encoder, given);
      const { dispatchWorkgroups } = pass;
      pass.dispatchWorkgroups = (...counts) => {
        dispatches++;
        return dispatchWorkgroups.apply(pass, counts);
      };
      return pass;
    };
    return encoder;
  };
  const weights = kept(new WeightStore(device));
  expect(await wrongKernels(device, plan, { keys, weights, store: { bits: 8, gray: false } })).toEqual([]);
  expect(keys.size).toBeGreaterThan(1);
  expect(dispatches).toBe(keys.size);
});
