// What the shaders say of themselves, read by another WGSL parser, against what the plan binds.

import { describe, expect, it } from "vitest";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { GraphBuilder } from "../../src/graph/builder.js";
import { fuse } from "../../src/graph/fuse.js";
import { loadModel } from "../../src/index.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import { type ExecutionPlan, planExecution } from "../../src/plan/execution-plan.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { LEAKY } from "../cases/graphs.js";

const GPU: DeviceCapabilities = { ...DEFAULT_CAPABILITIES, vendor: "acme" };
const DEVICES: readonly [name: string, device: DeviceCapabilities][] = [
  ["a GPU", GPU],
  ["AMD", { ...GPU, vendor: "amd", subgroupMinSize: 32, subgroups32: true }],
  ["a software adapter", { ...GPU, kind: "software", description: "llvmpipe" }],
  ["a software adapter with subgroups", { ...GPU, kind: "software", description: "llvmpipe", subgroupMinSize: 8 }],
];
const STORAGES: readonly Storage[] = ["f32", "f16", "packed-f16"];

/** A graph with every operation, also where it cannot be folded into a convolution. */
function everything() {
  const weights = new Map(
    [
      ["first.weight", [8, 16, 3, 3]],
      ["second.weight", [6, 16, 1, 1]],
      ["slopes.weight", [24]],
    ].map(([name, shape]) => {
      const values = new Float32Array((shape as number[]).reduce((product, n) => product * n, 1));
      return [name as string, new WeightTensor(name as string, shape as number[], values)];
    }),
  );
  const b = new GraphBuilder({ tensors: weights, metadata: {} });
  const wide = b.pixelUnshuffle("unshuffle", b.input(4), 2);
  const joined = b.concat("concat", [b.conv("first", wide, LEAKY, { bias: false }), wide]);
  const active = b.activate("leaky", b.activate("prelu", joined, b.preluSlopes("slopes", 24)), LEAKY);
  const large = b.upsampleNearest("nearest", b.conv("second", wide, { kind: "sigmoid" }, { bias: false }), 2);
  const sum = b.scaledAdd(
    "add",
    b.pixelShuffle("shuffle", active, 2),
    0.5,
    b.activate("again", large, { kind: "tanh" }),
  );
  return b.build(b.resize("resize", sum, { mode: "bicubic", antialias: true, factor: 0.5 }));
}

function checkKernels(plan: ExecutionPlan): void {
  for (const { label, code, bindings } of plan.pipelines) {
    const reflected = new WgslReflect(code);
    expect(
      reflected.entry.compute.map(({ name }) => name),
      label,
    ).toEqual(["main"]);
    const uniforms = reflected.uniforms.map((each) => ({ ...each, access: "uniform" }));
    const found = [...uniforms, ...reflected.storage]
      .map(({ group, binding, name, access }) => ({ group, binding, name, access }))
      .sort((a, b) => a.binding - b.binding);
    expect(found, label).toEqual(bindings.map(({ name, access }, binding) => ({ group: 0, binding, name, access })));
    expect(reflected.storage.length, label).toBeLessThanOrEqual(8);
    expect(
      reflected.uniforms.map(({ size }) => size),
      label,
    ).toEqual([144]);
    const [x = 1, y = 1, z = 1] = /@workgroup_size\(([^)]*)\)/.exec(code)![1]!.split(",").map(Number);
    expect(x * y * z, label).toBeLessThanOrEqual(256);
    expect(Math.max(x, y), label).toBeLessThanOrEqual(256);
  }
}

describe.each(DEVICES)("%s", (_, device) => {
  it.each(STORAGES)("binds what its kernels declare, stored as %s", async (storage) => {
    const model = await loadModel("general-x4v3");
    const request = { width: 16, height: 16, storage, device: { ...device, shaderF16: storage === "f16" } };
    const picture = { source: { kind: "packed", channels: 3, bits: 8 }, bits: 8, gray: false } as const;
    checkKernels(planExecution(fuse(model.network.graph), { ...request, io: { kind: "picture", ...picture } }));
    checkKernels(planExecution(fuse(everything()), { ...request, io: { kind: "tensor" } }));
  });
});

describe("kernels that share weights", () => {
  it.each([
    ["lavapipe", { description: "llvmpipe", subgroupMinSize: 8 }],
    ["SwiftShader", { description: "SwiftShader", subgroupMinSize: 4 }],
  ])("have no loop of a constant count for %s, whose compiler might unroll it", async (_, about) => {
    const model = await loadModel("general-x4v3");
    const device: DeviceCapabilities = { ...DEFAULT_CAPABILITIES, kind: "software", ...about };
    const source = { kind: "packed", channels: 3, bits: 8 } as const;
    const io = { kind: "picture", source, bits: 8, gray: false } as const;
    for (const size of [16, 256]) {
      const request = { width: size, height: size, storage: "f32", device, io } as const;
      const shared = planExecution(fuse(model.network.graph), request).pipelines.filter(({ label }) =>
        label.includes("shared"),
      );
      expect(shared.length).toBeGreaterThan(0);
      for (const { code, label } of shared) expect(code, label).not.toMatch(/; *\w+ < \d+u *;/);
    }
  });
});
