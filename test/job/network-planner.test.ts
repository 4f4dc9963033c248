// Planning in pieces: how much is done between two looks at the clock.

import { describe, expect, it } from "vitest";
import { fuse } from "../../src/graph/fuse.js";
import { NetworkPlanner } from "../../src/job/network-planner.js";
import { planCall } from "../../src/job/planned-call.js";
import { requestOf } from "../../src/job/request.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { PLAIN } from "../../src/plan/conv-rules.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";
import { modelOf, rrdbWeights } from "../cases/networks.js";

const { network } = modelOf(rrdbWeights({ blocks: 3, features: 8, growth: 4 }));
const PICTURE = { width: 300, height: 200, channels: 3, bits: 8 } as const;

/** Plans a call, and notes how many kernels were chosen before each look. */
function planned(budget: number) {
  let chosen = 0;
  const chooseConv = () => {
    chosen++;
    return PLAIN;
  };
  const planner = new NetworkPlanner({
    capabilities: { ...DEFAULT_CAPABILITIES, kind: "gpu" },
    fused: fuse(network.graph),
    multiple: network.multiple,
    storage: "f32",
    kernels: { chooseConv },
  });
  const context = { planner, scale: network.scale, memoryBudget: budget, request: requestOf({}, network) };
  const work = planCall(context, PICTURE, undefined);
  const pieces: number[] = [];
  for (;;) {
    const before = chosen;
    const { done, value } = work.next();
    pieces.push(chosen - before);
    if (done)
      return { pieces, plan: value.passes[0]!.plan, again: () => doneAtOnce(planCall(context, PICTURE, undefined)) };
  }
}

describe.each([
  ["in one piece", 2 ** 30, 1],
  ["in many windows", 4_600_000, 9],
])("a plan of a picture %s", (_, budget, windows) => {
  it("is made a convolution at a time, and a call at a time", () => {
    const { pieces, plan } = planned(budget);
    expect(plan.windows).toBeGreaterThanOrEqual(windows);
    expect(Math.max(...pieces)).toBe(1);
    expect(pieces.length).toBeGreaterThan(plan.dispatches.length + pieces.filter((chosen) => chosen > 0).length);
  });

  it("is remembered", () => {
    const { plan, again } = planned(budget);
    expect(again().passes[0]!.plan).toBe(plan);
  });
});
