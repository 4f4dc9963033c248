// What pictures leave behind in memory that the next one uses. The policy: a slot holds values of one plane for its life, its
// buffer is zero when made, and no kernel writes outside the picture; so borders stay zero, and whatever else is read was
// written before in the same run. The first half is looked at byte by byte, the second with memory full of NaN.

import { describe, expect, it } from "vitest";
import { createBuffers, USAGE } from "../../src/gpu/buffers.js";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { PreparedPlan } from "../../src/gpu/executor.js";
import { packTensor, unpackTensor } from "../../src/gpu/run-tensor.js";
import { WeightStore } from "../../src/gpu/weights.js";
import { fuse } from "../../src/graph/fuse.js";
import type { Graph } from "../../src/graph/graph.js";
import { detectNetwork } from "../../src/models/detect.js";
import type { Model } from "../../src/models/model.js";
import { type ConvForm, type ConvVariant, supports } from "../../src/ops/conv2d.kernels.js";
import type { Pixels } from "../../src/ops/pixels.js";
import type { Plane } from "../../src/ops/plane.js";
import type { Tensor } from "../../src/ops/tensor.js";
import { type ExecutionPlan, type PlanRequest, planExecution } from "../../src/plan/execution-plan.js";
import { BLOCK_BYTES, type Storage } from "../../src/shaders/kernel.js";
import { createUpscaler } from "../../src/upscaler.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { compactWeights, rrdbWeights } from "../cases/networks.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { randomGraph } from "../cases/random-graphs.js";
import { softwareDevice } from "./device.js";
import { convVariants, deviceFor } from "./variants.js";

type Options = Partial<Pick<PlanRequest, "storage" | "chooseConv">>;

const PLAIN = { chooseConv: (): ConvVariant => ({ kind: "plain" }) };

/** A plan on the device whose slots can be filled and looked at. */
class OpenPlan {
  private constructor(
    private readonly device: GPUDevice,
    private readonly graph: Graph,
    private readonly prepared: PreparedPlan<ExecutionPlan>,
    private readonly weights: WeightStore,
    private readonly staging: GPUBuffer,
  ) {}

  static async create(device: GPUDevice, graph: Graph, width: number, height: number, options: Options = {}) {
    const plan = planExecution(fuse(graph), {
      storage: "f32",
      ...options,
      width,
      height,
      io: { kind: "tensor" },
      device: capabilitiesOf(device),
    });
    const weights = new WeightStore(device);
    const prepared = await PreparedPlan.create(device, plan, weights);
    const byteLength = Math.max(...plan.buffers.map((buffer) => buffer.byteLength));
    const usage = USAGE.mapRead | USAGE.copyDst;
    const [staging] = await createBuffers(device, [{ label: "look", byteLength, usage }]);
    return new OpenPlan(device, graph, prepared, weights, staging!);
  }

  get storage(): Storage {
    return this.prepared.plan.storage;
  }

  async run(input: Tensor): Promise<Tensor> {
    const { plan } = this.prepared;
    const { values } = plan.memory;
    const packed = packTensor(input, values[this.graph.input]!.plane, plan.storage);
    this.device.queue.writeBuffer(this.prepared.slot(plan.input.buffer), plan.input.offset, packed);
    await this.prepared.run();
    const { buffer, offset, byteLength } = plan.output!;
    const bytes = await this.prepared.read(this.prepared.slot(buffer), offset, this.staging, byteLength);
    const { shape, plane } = values[this.graph.output]!;
    return unpackTensor(bytes, shape, plane, plan.storage);
  }

  /** Every slot with its bytes. */
  async slots(): Promise<{ plane: Plane; blocks: number; bytes: Uint8Array }[]> {
    const found = [];
    for (const [index, { plane, blocks }] of this.prepared.plan.memory.slots.entries()) {
      const { byteLength } = this.prepared.plan.buffers[index]!;
      const bytes = await this.prepared.read(this.prepared.slot(index), 0, this.staging, byteLength);
      found.push({ plane, blocks, bytes: new Uint8Array(bytes) });
    }
    return found;
  }

  /** Fills what lies within the pictures of all slots with the bytes `fill`, and what lies outside with `border`. */
  poison(fill: number, border: number): void {
    for (const [index, { plane, blocks }] of this.prepared.plan.memory.slots.entries()) {
      const bytes = new Uint8Array(this.prepared.plan.buffers[index]!.byteLength).fill(fill);
      for (const at of outside(plane, blocks, BLOCK_BYTES[this.storage])) bytes[at] = border;
      this.device.queue.writeBuffer(this.prepared.slot(index), 0, bytes);
    }
  }

  destroy(): void {
    this.prepared.destroy();
    this.weights.destroy();
    this.staging.destroy();
  }
}

/** The places of the bytes of a slot that belong to no pixel. */
function* outside(plane: Plane, blocks: number, blockBytes: number): Generator<number> {
  for (let block = 0; block < blocks; block++) {
    for (let at = 0; at < plane.size; at++) {
      const x = (at % plane.pitch) - plane.pad;
      const y = Math.floor(at / plane.pitch) - plane.pad;
      if (x >= 0 && y >= 0 && x < plane.width && y < plane.height) continue;
      for (let byte = 0; byte < blockBytes; byte++) yield (block * plane.size + at) * blockBytes + byte;
    }
  }
}

/** Something of everything, at three sizes, with a border of two. */
function everything(): Graph {
  const g = new RandomGraph(11);
  const x = g.input(3);
  const a = g.conv(g.activate(x, LEAKY), 6, { kernel: 5 });
  const b = g.conv([x, a], 5, { activation: "prelu" });
  const c = g.scaledAdd(g.conv([x, a, b], 6), 0.2, a);
  const copied = g.conv([c, b, a, x], 12);
  const up = g.conv(g.upsample(g.pixelShuffle(copied, 2), 2), 5, { activation: LEAKY });
  return g.build(g.scaledAdd(g.conv(up, 3), 1, g.upsample(x, 4)));
}

const GRAPHS: readonly (readonly [string, Graph])[] = [
  ["something of everything", everything()],
  ["RRDBNet", detectNetwork(rrdbWeights()).graph],
  ["ESRGAN+", detectNetwork(rrdbWeights({ plus: true, growth: 3 })).graph],
  ["RRDBNet, unshuffled", detectNetwork(rrdbWeights({ unshuffle: 2 })).graph],
  ["Compact", detectNetwork(compactWeights({ scale: 3 })).graph],
  ...[1, 2, 3, 4].map((seed) => [`random graph ${seed}`, randomGraph(seed, 16)] as const),
];

const ALIKE = { width: 10, height: 6 };

async function expectClean(
  graph: Graph,
  width: number,
  height: number,
  options: Options = {},
  device?: GPUDevice,
): Promise<void> {
  const open = await OpenPlan.create(device ?? (await softwareDevice()), graph, width, height, options);
  try {
    const { channels } = graph.values[graph.input]!;
    const input = randomTensor(seededRandom(1), { channels, height, width });
    const expected = await open.run(input);
    const slots = await open.slots();
    for (const [index, { plane, blocks, bytes }] of slots.entries()) {
      for (const at of outside(plane, blocks, BLOCK_BYTES[open.storage])) {
        if (bytes[at] !== 0) expect.fail(`slot ${index} was written at byte ${at}, outside of the picture`);
      }
    }
    expect(slots.some(({ bytes }) => bytes.some((byte) => byte !== 0))).toBe(true);
    // 0x7f7f7f7f is 3.4e38 and 0x7f7f NaN, as f32 and f16; 0xff bytes are NaN in both.
    for (const fill of [0x7f, 0xff]) {
      open.poison(fill, 0);
      expect((await open.run(input)).data).toEqual(expected.data);
    }
  } finally {
    open.destroy();
  }
}

describe("borders stay zero, and nothing is read that was not written in the same run", () => {
  it.concurrent.each(GRAPHS)("%s", async (_, graph) => {
    await expectClean(graph, ALIKE.width, ALIKE.height, PLAIN);
  });

  it.concurrent.each([
    [1, 1],
    [33, 17],
    [64, 8],
  ])("something of everything, %ix%i", async (width, height) => {
    await expectClean(everything(), width, height, PLAIN);
  });

  it("in halves", async () => {
    await expectClean(everything(), 7, 5, { ...PLAIN, storage: "packed-f16" });
  });

  describe.concurrent.each(convVariants("f32"))("%s", (_, variant) => {
    it("up to the last pixel of a workgroup", async ({ skip }) => {
      const device = await deviceFor(variant);
      if (!device) return skip("no adapter can run it");
      const chooseConv = (form: ConvForm) => (supports(variant, form, "f32") ? variant : undefined);
      const g = new RandomGraph(3);
      const x = g.input(3);
      const graph = g.build(g.pixelShuffle(g.conv(x, 12), 2));
      await expectClean(graph, 33, 9, { chooseConv }, device);
    });
  });
});

describe("the test itself", () => {
  it("sees borders that are not zero", async () => {
    const graph = detectNetwork(compactWeights({ scale: 2 })).graph;
    const open = await OpenPlan.create(await softwareDevice(), graph, 6, 4, PLAIN);
    const input = randomTensor(seededRandom(1), { channels: 3, height: 4, width: 6 });
    const expected = await open.run(input);
    open.poison(0, 0x3f);
    expect((await open.run(input)).data).not.toEqual(expected.data);
    open.destroy();
  });
});

/** A network that a red pixel drives to infinity and NaN, and that is sound without red. */
function explosive(storage: "f32" | "f16"): Model {
  const map = compactWeights({ scale: 2, blocks: 2 });
  const first = map.tensors.get("body.0.weight")!;
  const [, inChannels, height, width] = first.shape as [number, number, number, number];
  const values = first.floats().map((value, i) => {
    const isRed = Math.floor(i / (height * width)) % inChannels === 0;
    return isRed ? Math.sign(value) * (storage === "f32" ? 3e38 : 60000) : value;
  });
  const tensors = new Map(map.tensors).set(first.name, new WeightTensor(first.name, first.shape, values));
  const weights: TensorMap = { ...map, tensors };
  return { name: "explosive", network: detectNetwork(weights), byteLength: 0, metadata: {} };
}

function picture(red: number, seed: number): Pixels {
  const random = seededRandom(seed);
  const data = new Uint8Array(9 * 7 * 3);
  for (let i = 0; i < data.length; i++) data[i] = i % 3 === 0 ? red : random() >>> 24;
  return { data, width: 9, height: 7, channels: 3, bits: 8 };
}

describe("a picture that overflows", () => {
  it("is refused in f32 and leaves nothing to the next", async () => {
    const upscaler = await createUpscaler(await softwareDevice(), { model: explosive("f32"), precision: "f32" });
    const expected = await upscaler.upscale(picture(0, 1));
    await expect(upscaler.upscale(picture(255, 2))).rejects.toMatchObject({ code: "bad-weights" });
    expect(await upscaler.upscale(picture(0, 1))).toEqual(expected);
    expect(new Set(expected.data).size).toBeGreaterThan(20);
    upscaler.destroy();
  });

  it("is done in f32 where f16 was asked for, and leaves nothing to the next", async () => {
    const device = await softwareDevice();
    const model = explosive("f16");
    const half = await createUpscaler(device, { model, precision: "f16" });
    const single = await createUpscaler(device, { model, precision: "f32" });
    const expected = await half.upscale(picture(0, 1));
    expect(await half.upscale(picture(255, 2))).toEqual(await single.upscale(picture(255, 2)));
    expect(await half.upscale(picture(0, 1))).toEqual(expected);
    expect(new Set(expected.data).size).toBeGreaterThan(20);
    half.destroy();
    single.destroy();
  });
});
