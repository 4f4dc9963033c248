// Owns one subject on a device: its plan at one size by one variant, operands of random numbers, and its result.

import { packTensor, unpackTensor } from "../../src/gpu/run-tensor.js";
import { type FusedNode, fuse, readsOf } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import type { ConvForm, ConvVariant } from "../../src/ops/conv2d.kernels.js";
import { PICTURE_HEADER_BYTES, rowWords } from "../../src/ops/picture.kernels.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { regionWords, UPRIGHT } from "../../src/ops/region.js";
import { elementCount, type Tensor, tensor } from "../../src/ops/tensor.js";
import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import { type ExecutionPlan, planExecution } from "../../src/plan/execution-plan.js";
import type { PlannedDispatch, PlannedResource } from "../../src/plan/runnable-plan.js";
import { BLOCK_BYTES, type Storage } from "../../src/shaders/kernel.js";
import { floatsToHalves, halvesToFloats } from "../../src/weights/half.js";
import { Dispatches } from "./dispatches.js";
import { noise, noiseBytes } from "./random.js";
import type { Subject } from "./subjects.js";

export interface TargetRequest {
  readonly width: number;
  readonly height: number;
  readonly storage: Storage;
  /** The device's own choice by default. */
  readonly variant?: ConvVariant | undefined;
}

/** A subject's plan and what of it is the subject. */
export interface PlannedTarget {
  readonly graph: Graph;
  readonly plan: ExecutionPlan;
  readonly dispatches: readonly PlannedDispatch[];
  readonly variant: string;
  /** The WGSL. */
  readonly code: string;
  readonly flops: number;
  /** Bytes of all operands and results, each counted once. */
  readonly bytes: number;
}

/** @throws EsrganError "unsupported-device" where this size does not fit the device */
export function planTarget(
  subject: Subject,
  capabilities: DeviceCapabilities,
  { width, height, storage, variant }: TargetRequest,
): PlannedTarget {
  const graph = subject.graph();
  const plan = planExecution(fuse(graph), {
    width,
    height,
    storage,
    device: capabilities,
    io: subject.pixels ? RGBA_8 : { kind: "tensor" },
    ...(variant && subject.form ? { chooseConv: forForm(subject.form, variant) } : {}),
  });
  const dispatches = plan.dispatches.filter(({ node, op }) => node === subject.node && op === subject.op);
  const [first] = dispatches;
  if (!first) throw new Error(`The plan of ${subject.op} ${subject.shape} has no dispatch of its own`);
  const ranges = new Map(
    dispatches
      .flatMap(({ resources }) => resources)
      .filter(({ kind }) => kind !== "region")
      .map((resource) => [nameOf(resource), resource.byteLength]),
  );
  return {
    graph,
    plan,
    dispatches,
    variant: first.variant,
    code: plan.pipelines[first.pipeline]!.code,
    flops: dispatches.reduce((sum, { flops }) => sum + flops, 0),
    bytes: [...ranges.values()].reduce((sum, byteLength) => sum + byteLength, 0),
  };
}

/** A range that dispatches may share. */
function nameOf(resource: PlannedResource): string {
  if (resource.kind === "constant") return `${resource.key} ${resource.offset}`;
  return resource.kind === "buffer" ? `${resource.buffer} ${resource.offset}` : resource.kind;
}

const RGBA_8 = { kind: "picture", source: { kind: "packed", channels: 4, bits: 8 }, bits: 8, gray: false } as const;

function forForm(form: ConvForm, variant: ConvVariant): (other: ConvForm) => ConvVariant | undefined {
  return ({ kernel, upsample, shuffle }) =>
    kernel === form.kernel && upsample === form.upsample && shuffle === form.shuffle ? variant : undefined;
}

/** What a subject computes: a node of the graph from tensors, or the conversion of a picture. */
export type Computation =
  | { readonly kind: "node"; readonly node: FusedNode; readonly inputs: ReadonlyMap<ValueId, Tensor> }
  | { readonly kind: "image-to-tensor"; readonly picture: Pixels }
  | { readonly kind: "tensor-to-image"; readonly tensor: Tensor };

export class Target {
  private constructor(
    readonly planned: PlannedTarget,
    readonly dispatches: Dispatches,
    readonly computation: Computation,
  ) {}

  /** Compiles, uploads and fills with random numbers of -1..1. */
  static async create(device: GPUDevice, subject: Subject, planned: PlannedTarget): Promise<Target> {
    const dispatches = await Dispatches.create(device, planned.plan, planned.dispatches);
    const computation = computationOf(subject, planned);
    const { plan, graph } = planned;
    if (computation.kind === "image-to-tensor") {
      const pictureIn = plan.buffers.findIndex(({ role }) => role === "picture-in");
      dispatches.write(pictureIn, 0, computation.picture.data as Uint8Array<ArrayBuffer>);
      dispatches.writeRegion(wholeRegion(computation.picture));
    } else {
      const inputs = computation.kind === "node" ? computation.inputs : new Map([[graph.output, computation.tensor]]);
      for (const [id, values] of inputs) {
        const { slot, offset } = rangeOf(plan, id);
        dispatches.write(slot, offset, packTensor(values, plan.memory.values[id]!.plane, plan.storage));
      }
    }
    return new Target(planned, dispatches, computation);
  }

  record(pass: GPUComputePassEncoder): void {
    this.dispatches.record(pass);
  }

  /** The values it computes, row by row: a tensor's, or a picture's RGBA as 0..1. */
  async output(): Promise<Float32Array> {
    const { plan, graph } = this.planned;
    if (this.computation.kind === "tensor-to-image") {
      const pictureOut = plan.buffers.findIndex(({ role }) => role === "picture-out");
      const byteLength = plan.buffers[pictureOut]!.byteLength - PICTURE_HEADER_BYTES;
      const bytes = await this.dispatches.run(pictureOut, PICTURE_HEADER_BYTES, byteLength);
      return Float32Array.from(new Uint8Array(bytes), (level) => level / 255);
    }
    const id = this.computation.kind === "node" ? this.computation.node.output : graph.input;
    const { slot, offset, byteLength } = rangeOf(plan, id);
    const bytes = await this.dispatches.run(slot, offset, byteLength);
    const { shape, plane } = plan.memory.values[id]!;
    return unpackTensor(bytes, shape, plane, plan.storage).data;
  }

  destroy(): void {
    this.dispatches.destroy();
  }
}

/** The region that is the picture from its first pixel on. */
function wholeRegion(picture: Pixels): Uint32Array<ArrayBuffer> {
  const { width, height } = picture;
  const all = { x: 0, y: 0, width, height };
  const rows = { ...all, pitch: rowWords(width, picture), offset: 0 };
  const at = { from: all, result: all, kept: all, to: all };
  const region = { ...at, border: { x: "repeat", y: "repeat" }, orientation: UPRIGHT } as const;
  const places = { source: rows, target: rows, tables: all, alpha: rows, alphaBorder: "repeat" } as const;
  return regionWords({ ...region, isFirst: true }, places);
}

function computationOf(subject: Subject, { graph, plan }: PlannedTarget): Computation {
  const { values, nodes } = plan.memory;
  if (subject.op === "image-to-tensor") {
    const { width, height } = values[graph.input]!.shape;
    const data = noiseBytes(width * height * 4, 1);
    return { kind: "image-to-tensor", picture: { width, height, channels: 4, bits: 8, data } };
  }
  const random = (id: ValueId) => {
    const { shape } = values[id]!;
    const floats = noise(elementCount(shape), id + 1);
    return tensor(shape, plan.storage === "f32" ? floats : halvesToFloats(floatsToHalves(floats)));
  };
  if (subject.op === "tensor-to-image") return { kind: "tensor-to-image", tensor: random(graph.output) };
  const node = nodes.find(({ name }) => name === subject.node)!;
  return { kind: "node", node, inputs: new Map(readsOf(node).map((id) => [id, random(id)])) };
}

/** Where a value lies: the index of its buffer and the range of bytes. */
function rangeOf(plan: ExecutionPlan, id: ValueId): { slot: number; offset: number; byteLength: number } {
  const { slot, firstBlock, blocks } = plan.memory.placements.get(id)!;
  const planeBytes = plan.memory.slots[slot]!.plane.size * BLOCK_BYTES[plan.storage];
  return { slot, offset: firstBlock * planeBytes, byteLength: blocks * planeBytes };
}
