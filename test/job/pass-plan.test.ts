import { describe, expect, it } from "vitest";
import { FLAG_BYTES } from "../../src/gpu/buffers.js";
import { fuse } from "../../src/graph/fuse.js";
import { NetworkPlanner } from "../../src/job/network-planner.js";
import { type PassOptions, passRequest } from "../../src/job/pass-options.js";
import { type PassPlan, planPass } from "../../src/job/pass-plan.js";
import type { Network } from "../../src/models/network.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { choosePrecision } from "../../src/plan/choose-kernel.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";
import { compactWeights, modelOf, rrdbWeights } from "../cases/networks.js";

const MIB = 2 ** 20;

function planner({ graph, multiple }: Network): NetworkPlanner {
  const { storage } = choosePrecision("auto", DEFAULT_CAPABILITIES);
  return new NetworkPlanner({
    capabilities: DEFAULT_CAPABILITIES,
    fused: fuse(graph),
    multiple,
    storage,
    kernels: {},
  });
}

interface Settings {
  readonly budget?: number;
  readonly mostFlops?: number;
  readonly storesBgra?: boolean;
}

function planOf(network: Network, options: PassOptions, settings: Settings = {}): PassPlan {
  const { budget = 256 * MIB, mostFlops, storesBgra = true } = settings;
  const { scale } = network;
  const planning = planPass(passRequest(options), {
    planner: planner(network),
    scale,
    overlap: 16,
    budget,
    storesBgra,
    mostFlops,
  });
  return doneAtOnce(planning);
}

/** Every pixel of the output is kept of exactly one region. */
function expectCovered({ regions, size }: PassPlan): void {
  const area = regions.reduce((sum, { kept }) => sum + kept.width * kept.height, 0);
  expect(area).toBe(size.width * size.height);
  for (const { kept, to } of regions) {
    expect(to.x + kept.width).toBeLessThanOrEqual(size.width);
    expect(to.y + kept.height).toBeLessThanOrEqual(size.height);
  }
}

const COMPACT = modelOf(compactWeights({ blocks: 32, features: 64 })).network;
const SHIPPED: [string, () => Network][] = [
  ["general-x4v3", () => COMPACT],
  ["anime-6b", () => modelOf(rrdbWeights({ blocks: 6, features: 64, growth: 32 })).network],
  ["x4plus", () => modelOf(rrdbWeights({ blocks: 23, features: 64, growth: 32 })).network],
];

const HD = { width: 1280, height: 720, input: "rgba8unorm", output: "rgba8unorm" } as const;
const SMALL = { ...HD, width: 64, height: 48 } as const;

describe("a pass over 1280x720 texels at WebGPU's default limits", () => {
  it.each(SHIPPED)("fits with the architecture of %s", (_, network) => {
    const one = network();
    for (const options of [HD, { ...HD, input: "external" }, { ...HD, output: "bgra8unorm-srgb" }] as PassOptions[]) {
      const plan = planOf(one, options, { storesBgra: false });
      for (const { byteLength, label } of plan.execution.buffers) {
        expect(byteLength, label).toBeLessThanOrEqual(128 * MIB);
      }
      expect(plan.bytes).toBeLessThanOrEqual(256 * MIB);
      expectCovered(plan);
    }
  });
});

describe("the bytes of a pass", () => {
  const budget = 16 * MIB;
  // A word for each tile of 8x8 texels, and three.
  const FILL_STATE = (8 * 6 + 3) * 4;

  it.each([
    ["nothing", SMALL, true, false, 0],
    [
      "a copy for alpha and what fills it in",
      { ...SMALL, alpha: "straight" },
      true,
      true,
      64 * 48 * 4 * 3 + FILL_STATE,
    ],
    ["that in halves", { ...SMALL, input: "rgba16float", alpha: "straight" }, true, true, 64 * 48 * 8 * 3 + FILL_STATE],
    ["a texture that is copied", { ...SMALL, output: "rgba8unorm-srgb" }, true, false, 256 * 192 * 4],
    ["nothing before bgra8unorm where that can be stored", { ...SMALL, output: "bgra8unorm" }, true, false, 0],
    ["one before it elsewhere", { ...SMALL, output: "bgra8unorm" }, false, false, 256 * 192 * 4],
    ["two before its -srgb twin", { ...SMALL, output: "bgra8unorm-srgb" }, false, false, 2 * 256 * 192 * 4],
  ] as [string, PassOptions, boolean, boolean, number][])(
    "hold %s",
    (_, options, storesBgra, isCopied, textureBytes) => {
      const plan = planOf(COMPACT, options, { storesBgra, budget });
      expect(plan).toMatchObject({ isCopied, textureBytes });
      expect(plan.bytes).toBe(plan.execution.peakBytes + textureBytes + FLAG_BYTES);
    },
  );

  it("stay within the budget, with textures of ours and the uniforms of bands", () => {
    const options = { ...SMALL, width: 300, height: 200, input: "rgba16float", alpha: "straight" } as const;
    const whole = planOf(COMPACT, options);
    expect(whole.regions).toHaveLength(1);
    // In the second case all fits but the uniforms of bands.
    for (const settings of [{ budget: whole.bytes - 1 }, { budget: whole.bytes + 2 ** 14, mostFlops: 1e6 }]) {
      const { budget } = settings;
      const plan = planOf(COMPACT, options, settings);
      expect(plan.regions.length).toBeGreaterThan(1);
      expect(plan.bytes).toBeLessThanOrEqual(budget);
      expect(plan.isCopied).toBe(true);
      expectCovered(plan);
    }
  });

  it("copy the input of several regions, but not an external texture", () => {
    const options = { ...SMALL, width: 300, height: 200 };
    const plan = planOf(COMPACT, options, { budget });
    expect(plan.regions.length).toBeGreaterThan(1);
    expect(plan).toMatchObject({ isCopied: true, textureBytes: 300 * 200 * 4 });
    expect(planOf(COMPACT, { ...options, input: "external" }, { budget })).toMatchObject({
      isCopied: false,
      textureBytes: 0,
    });
  });

  it("that no tile leaves are a refusal", () => {
    expect(() => planOf(COMPACT, { ...HD, alpha: "straight" }, { budget: 4 * MIB })).toThrow(
      /^The smallest tile of \d+x\d+ pixels needs \d+ bytes beside the weights, the memory budget leaves \d+$/,
    );
  });
});

describe("bands", () => {
  it("hold every dispatch to the work that is allowed", () => {
    const whole = planOf(COMPACT, HD).execution;
    for (const mostFlops of [2e10, 4e9]) {
      const { dispatches, flops } = planOf(COMPACT, HD, { mostFlops }).execution;
      expect(dispatches.length).toBeGreaterThan(whole.dispatches.length);
      for (const dispatch of dispatches) expect(dispatch.flops, dispatch.node).toBeLessThanOrEqual(mostFlops);
      expect(flops / whole.flops).toBeCloseTo(1, 6);
    }
  });

  it("are as few rows as a workgroup computes where that is still too much", () => {
    const { dispatches } = planOf(COMPACT, SMALL, { mostFlops: 1 }).execution;
    const layer = dispatches.filter(({ node }) => node === dispatches[1]!.node);
    expect(layer.length).toBeGreaterThan(1);
    expect(layer.every(({ workgroups }) => workgroups.slice(1).includes(1))).toBe(true);
  });
});
