import { describe, expect, it } from "vitest";
import { type FusedGraph, fuse } from "../../src/graph/fuse.js";
import { detectNetwork } from "../../src/models/detect.js";
import { PICTURE_HEADER_BYTES, type TargetForm } from "../../src/ops/picture.kernels.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import { type ExecutionPlan, type PlanRequest, planExecution } from "../../src/plan/execution-plan.js";
import { opaqueTarget, type TargetChoice, targetOf } from "../../src/plan/picture-buffers.js";
import { constantBytes } from "../../src/plan/runnable-plan.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { compactWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { randomGraph } from "../cases/random-graphs.js";

/** What runs kernels that read their numbers from the uniform. */
const LAVAPIPE: DeviceCapabilities = {
  ...DEFAULT_CAPABILITIES,
  kind: "software",
  description: "llvmpipe",
  subgroupMinSize: 8,
};

const RRDBNET = fuse(detectNetwork(rrdbWeights({ blocks: 23, features: 64, growth: 32 })).graph);
const COMPACT = fuse(detectNetwork(compactWeights({ blocks: 32, features: 64 })).graph);

function plan(fused: FusedGraph, width: number, height: number, options: Partial<PlanRequest> = {}): ExecutionPlan {
  return planExecution(fused, request(width, height, options));
}

function request(width: number, height: number, options: Partial<PlanRequest> = {}): PlanRequest {
  return {
    width,
    height,
    io: { kind: "picture", source: { kind: "packed", channels: 4, bits: 8 }, bits: 8, gray: false },
    storage: "f32",
    device: DEFAULT_CAPABILITIES,
    ...options,
  };
}

/** A plan's picture that is stored in this form. */
function storing(form: TargetForm, more: Partial<TargetChoice> = {}): Partial<PlanRequest> {
  const kept = { width: 80, height: 40 };
  const choice = { ...opaqueTarget(form, "read-back"), alphaSource: { width: 20, height: 10, scaleX: 4, scaleY: 4 } };
  const source = { kind: "packed", channels: 4, bits: 8 } as const;
  const target = targetOf({ ...choice, ...more }, kept);
  return { io: { kind: "picture", source, bits: more.isMean ? 16 : 8, gray: false, target } };
}

/** What WebGPU demands of every dispatch at default limits, and nothing would say before it runs. */
function expectValid({ dispatches, pipelines, buffers }: ExecutionPlan): void {
  for (const { node, pipeline, resources, workgroups } of dispatches) {
    const { bindings } = pipelines[pipeline]!;
    expect(resources.length, node).toBe(bindings.length);
    expect(bindings.filter(({ access }) => access !== "uniform").length, node).toBeLessThanOrEqual(8);
    for (const count of workgroups) expect(count, node).toBeGreaterThan(0);
    const written = new Set(
      resources.flatMap((resource, at) =>
        resource.kind === "buffer" && bindings[at]!.access === "read_write" ? [resource.buffer] : [],
      ),
    );
    resources.forEach((resource, at) => {
      if (resource.kind === "given") return;
      expect(resource.byteLength, node).toBeGreaterThan(0);
      if (resource.kind !== "buffer") return;
      expect(resource.offset % 256, node).toBe(0);
      expect(resource.offset + resource.byteLength, node).toBeLessThanOrEqual(buffers[resource.buffer]!.byteLength);
      if (!written.has(resource.buffer)) return;
      // A buffer that is written is bound for writing alone, and no two ranges of it overlap.
      expect(bindings[at]!.access, node).toBe("read_write");
      resources.forEach((other, index) => {
        if (index <= at || other.kind !== "buffer" || other.buffer !== resource.buffer) return;
        const apart =
          resource.offset + resource.byteLength <= other.offset || other.offset + other.byteLength <= resource.offset;
        expect(apart, `${node}: bindings ${at} and ${index} overlap`).toBe(true);
      });
    });
  }
}

describe("planExecution", () => {
  it.each([
    ["RRDBNet", RRDBNET],
    ["Compact", COMPACT],
    ["ESRGAN+", fuse(detectNetwork(rrdbWeights({ plus: true })).graph)],
    ["RRDN", fuse(detectNetwork(rrdnWeights({ scale: 4 })).graph)],
  ])("gives %s dispatches that WebGPU accepts", (_, fused) => {
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [33, 64],
    ] as const) {
      expectValid(plan(fused, width, height));
      expectValid(plan(fused, width, height, { storage: "packed-f16" }));
      expectValid(plan(fused, width, height, { device: LAVAPIPE }));
    }
  });

  it.each(Array.from({ length: 100 }, (_, seed) => seed))("gives random graph %i such dispatches", (seed) => {
    for (const device of [DEFAULT_CAPABILITIES, LAVAPIPE]) {
      expectValid(plan(fuse(randomGraph(seed)), 6, 4, { io: { kind: "tensor" }, device }));
    }
  });

  it("binds eight storage buffers at most, as many as every device has, for all that a convolution may have", () => {
    // The picture among the inputs keeps neighbours apart.
    const bindings = (sources: number) => {
      const g = new RandomGraph(1);
      const x = g.input(5);
      const made = [g.conv(x, 5), g.conv(x, 5)];
      const inputs = made.flatMap((id) => [id, x]).slice(0, sources);
      const y = g.conv(inputs, 5, { activation: "prelu" });
      const graph = g.build(g.scaledAdd(g.scaledAdd(y, 0.2, made[0]!), 0.2, made[1]!));
      const planned = plan(fuse(graph), 6, 4, { io: { kind: "tensor" } });
      expectValid(planned);
      const { pipeline } = planned.dispatches.at(-1)!;
      return planned.pipelines[pipeline]!.bindings.filter(({ access }) => access !== "uniform").length;
    };
    expect(bindings(3)).toBe(8);
    // More inputs than that are copied into one.
    expect(bindings(4)).toBe(6);
  });

  it("runs RRDBNet in as many dispatches as convolutions and one for the picture, of at most 12 pipelines", () => {
    const { dispatches, pipelines } = plan(RRDBNET, 64, 64);
    expect(dispatches.length).toBe(23 * 15 + 6 + 1);
    expect(pipelines.length).toBeLessThanOrEqual(12);
    expect(new Set(pipelines.map(({ code }) => code)).size).toBe(pipelines.length);
  });

  it("runs RRDBNet on a software adapter in a pipeline for the trunk and one each for what differs from it", () => {
    const { dispatches, pipelines, buffers } = plan(RRDBNET, 64, 64, { device: LAVAPIPE });
    const convs = dispatches.filter(({ op }) => op === "conv2d");
    const names = [...new Set(convs.map(({ pipeline }) => pipelines[pipeline]!.label))];
    expect(pipelines).toHaveLength(4);
    expect(names).toEqual([
      "conv2d shared 2x4x8 8x1 f32 rolling lanes8",
      "conv2d shared 2x4x8 8x1 f32 rolling lanes8 folded",
      "conv2d shared 2x4x4 8x1 f32 rolling lanes4",
    ]);
    expect(buffers.find(({ role }) => role === "nothing")).toMatchObject({ byteLength: 256 });
  });

  it("has weights of as many bytes at any size", () => {
    for (const fused of [RRDBNET, COMPACT]) {
      for (const options of [{}, { device: LAVAPIPE }, { device: LAVAPIPE, storage: "packed-f16" }] as const) {
        const { weightBytes } = plan(fused, 8, 8, options);
        for (const size of [1, 64]) expect(plan(fused, size, size, options).weightBytes).toBe(weightBytes);
      }
    }
  });

  it("runs Compact in at most 6 pipelines", () => {
    const { dispatches, pipelines } = plan(COMPACT, 64, 64);
    expect(dispatches.length).toBe(34 + 1);
    expect(pipelines.length).toBeLessThanOrEqual(6);
  });

  it("is the same pipelines and constants for every size", () => {
    const [small, large] = [plan(RRDBNET, 3, 5), plan(RRDBNET, 100, 60)];
    expect(large.pipelines).toEqual(small.pipelines);
    for (const isMean of [false, true]) {
      const options = storing({ kind: "packed", channels: 4, bits: 8 }, { isMean });
      expect(plan(COMPACT, 100, 60, options).pipelines).toEqual(plan(COMPACT, 3, 5, options).pipelines);
    }
    expect(large.constants.map(({ key }) => key)).toEqual(small.constants.map(({ key }) => key));
    expect(large.weightBytes).toBe(small.weightBytes);
  });

  it("counts every buffer and all weights", () => {
    const { buffers, constants, peakBytes, weightBytes } = plan(COMPACT, 20, 10);
    expect(weightBytes).toBe(constants.reduce((sum, data) => sum + constantBytes(data), 0));
    expect(peakBytes).toBe(weightBytes + buffers.reduce((sum, { byteLength }) => sum + byteLength, 0));
    expect(buffers.map(({ role }) => role).filter((role) => role !== "activations")).toEqual([
      "picture-in",
      "picture-out",
      "staging",
      "regions",
      "uniforms",
    ]);
    const [pictureIn, pictureOut] = ["picture-in", "picture-out"].map((r) => buffers.find(({ role }) => role === r));
    expect(pictureIn!.byteLength).toBe(20 * 10 * 4);
    expect(pictureOut!.byteLength).toBe(PICTURE_HEADER_BYTES + 80 * 40 * 4);
  });

  it("stores a result by one dispatch more than it takes to leave it", () => {
    const stays = plan(COMPACT, 20, 10);
    const stored = plan(COMPACT, 20, 10, storing({ kind: "packed", channels: 4, bits: 8 }));
    const kernels = ({ dispatches }: ExecutionPlan) =>
      dispatches.map(({ node, variant, workgroups }) => [node, variant, workgroups]);
    expect(kernels(stored).slice(0, -1)).toEqual(kernels(stays));
    expect(stored.dispatches.at(-1)).toMatchObject({ node: "store", op: "store", variant: "packed" });
    expect(stored.ranges).toEqual({ run: { from: 0, to: 36 }, turned: undefined, store: undefined });
  });

  const ALPHA = { kind: "packed", bits: 8, taps: { x: 4, y: 4 } } as const;
  const RGBA = { kind: "packed", channels: 4, bits: 8 } as const;
  const TEXTURE = { kind: "texture", format: "rgba8unorm", decode: "none", premultiply: false, flip: false } as const;

  it.each([
    ["packed rows", storing(RGBA), ["picture-in", "picture-out", "packed-out", "staging"]],
    ["packed rows that are given", storing(RGBA, { place: "given" }), ["picture-in", "picture-out"]],
    [
      "packed rows with alpha",
      storing(RGBA, { alpha: ALPHA }),
      ["picture-in", "picture-out", "alpha-in", "alpha-tables", "packed-out", "staging"],
    ],
    ["the mean", storing(RGBA, { isMean: true }), ["picture-in", "picture-out", "sums", "packed-out", "staging"]],
    ["a texture", storing(TEXTURE, { place: "given" }), ["picture-in", "picture-out", "overflows"]],
    [
      "a texture with a texture's alpha",
      storing(TEXTURE, { place: "given", alpha: { ...ALPHA, kind: "texture" } }),
      ["picture-in", "picture-out", "alpha-tables", "overflows"],
    ],
  ] as const)("has the buffers that %s take, and no others", (_, options, roles) => {
    for (const device of [DEFAULT_CAPABILITIES, LAVAPIPE]) {
      const planned = plan(COMPACT, 20, 10, { ...options, device });
      expectValid(planned);
      const { buffers, peakBytes, weightBytes } = planned;
      const found = buffers.map(({ role }) => role).filter((role) => role !== "activations" && role !== "nothing");
      expect(found).toEqual([...roles, "regions", "uniforms"]);
      expect(peakBytes).toBe(weightBytes + buffers.reduce((sum, { byteLength }) => sum + byteLength, 0));
    }
  });

  it("runs the mean upright, on its side, and stores it at last", () => {
    const options = storing(RGBA, { isMean: true });
    const { dispatches, ranges } = plan(COMPACT, 20, 10, options);
    // The conversion, 34 convolutions, and what adds the result up.
    expect(ranges).toEqual({ run: { from: 0, to: 36 }, turned: { from: 36, to: 72 }, store: { from: 72, to: 73 } });
    expect(dispatches.map(({ op }) => op).filter((op) => op === "accumulate" || op === "store")).toEqual([
      "accumulate",
      "accumulate",
      "store",
    ]);
    expect(dispatches[36]!.workgroups).not.toEqual(dispatches[0]!.workgroups);
    // A square tile lies on its side as it stands.
    const square = plan(COMPACT, 20, 20, options);
    expect(square.ranges).toEqual({ run: { from: 0, to: 36 }, turned: undefined, store: { from: 36, to: 37 } });
  });

  it("says of constants what packing them gives", () => {
    const g = new RandomGraph(1);
    const x = g.conv(g.input(3), 5, { activation: "prelu" });
    const fused = fuse(
      g.build(g.activate(g.conv([x, x], 7, { activation: { kind: "leaky-relu", slope: 2 } }), "prelu")),
    );
    for (const storage of ["f32", "f16", "packed-f16"] as const) {
      const { constants } = plan(fused, 4, 4, { io: { kind: "tensor" }, storage });
      expect(constants.length).toBe(5);
      for (const data of constants) expect(data.pack().byteLength, data.key).toBe(data.byteLength);
      expect(new Set(constants.map(({ key }) => key)).size).toBe(5);
    }
  });

  it("counts the FLOPs of convolutions on what they are given, before a shuffle", () => {
    const g = new RandomGraph(1);
    const x = g.input(3);
    const graph = g.build(g.conv(g.upsample(g.pixelShuffle(g.conv(x, 12, { activation: LEAKY }), 2), 2), 5));
    const { flops, dispatches } = plan(fuse(graph), 7, 5, { io: { kind: "tensor" } });
    expect(dispatches.map((dispatch) => dispatch.flops)).toEqual([2 * 12 * 3 * 9 * 35, 2 * 5 * 3 * 9 * 35 * 16]);
    expect(flops).toBe(dispatches.reduce((sum, dispatch) => sum + dispatch.flops, 0));
  });

  it("is plain data but for what packs the weights", () => {
    const { constants, memory, uniforms, ...printable } = plan(COMPACT, 8, 8);
    expect(JSON.parse(JSON.stringify(printable))).toEqual(printable);
    expect(JSON.parse(JSON.stringify([...uniforms]))).toEqual([...uniforms]);
  });

  it("needs less than half of the memory for activations in halves", () => {
    const activations = (storage: PlanRequest["storage"]) =>
      plan(RRDBNET, 64, 64, { storage })
        .buffers.filter(({ role }) => role === "activations")
        .reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(activations("packed-f16") * 2).toBe(activations("f32"));
  });
});

describe("a picture that the device has no room for", () => {
  function limited(limits: Partial<DeviceCapabilities>): Partial<PlanRequest> {
    return { device: { ...DEFAULT_CAPABILITIES, ...limits } };
  }

  // 64 channels of 4 bytes at four times the size, in planes whose sides are multiples of 8 and 4 within a border of 1, in steps of 32 blocks.
  const side = 4 * 180 + 2;
  const bindingOf180 = Math.ceil(side ** 2 / 32) * 32 * 64 * 4;

  it("is planned up to the limit of default devices, 180x180 for 64 channels at 4x in f32", () => {
    expect(bindingOf180).toBeLessThan(DEFAULT_CAPABILITIES.maxStorageBufferBindingSize);
    expect(plan(RRDBNET, 180, 180).dispatches.length).toBeGreaterThan(0);
    expect(() => plan(RRDBNET, 181, 181)).toThrow(
      expect.objectContaining({
        code: "unsupported-device",
        message: expect.stringMatching(
          /^A tile of 181x181 pixels needs a storage binding of \d+ bytes for conv_up2, this device allows 134217728$/,
        ),
      }),
    );
  });

  it.each([
    [
      limited({ maxStorageBufferBindingSize: bindingOf180 - 1 }),
      `needs a storage binding of ${bindingOf180} bytes for conv_up2, this device allows ${bindingOf180 - 1}`,
    ],
    [
      limited({ maxBufferSize: bindingOf180 - 1 }),
      new RegExp(`needs a buffer of ${bindingOf180} bytes \\(slot \\d+\\), this device allows ${bindingOf180 - 1}$`),
    ],
    [
      limited({ maxWorkgroupsPerDimension: 10 }),
      /needs \d+ workgroups along one dimension for input, this device allows 10$/,
    ],
  ])("is refused with the figures: %o", (options, message) => {
    const start = "A tile of 180x180 pixels ";
    expect(() => plan(RRDBNET, 180, 180, options)).toThrow(
      expect.objectContaining({ code: "unsupported-device", message: expect.stringMatching(message) }),
    );
    expect(() => plan(RRDBNET, 180, 180, options)).toThrow(start);
  });

  it("is planned where the limits are just enough", () => {
    const { buffers, dispatches } = plan(RRDBNET, 180, 180);
    const limits = {
      maxStorageBufferBindingSize: bindingOf180,
      maxBufferSize: Math.max(...buffers.map(({ byteLength }) => byteLength)),
      maxWorkgroupsPerDimension: Math.max(...dispatches.flatMap(({ workgroups }) => workgroups)),
    };
    expect(plan(RRDBNET, 180, 180, limited(limits)).dispatches.length).toBe(dispatches.length);
  });
});
