// Owns the execution plan: every buffer, pipeline and dispatch of one network at one picture size, as plain printable data.
// Pure: the same for a dry run, the tests, the benchmark and the GPU.

import { EsrganError } from "../errors.js";
import {
  type ConvForm,
  type ConvVariant,
  convKernel,
  convOutBlocks,
  packingOf,
  slopesOf,
} from "../ops/conv2d.kernels.js";
import type { ConstantData, KernelArgument, KernelCall, KernelTensor } from "../ops/kernel.js";
import { roundUp } from "../ops/plane.js";
import {
  concatKernels,
  imageToTensorKernel,
  leakyReluKernel,
  pictureByteLength,
  pixelShuffleKernel,
  pixelUnshuffleKernel,
  preluKernel,
  resizeKernel,
  type SmallSpec,
  scaledAddKernel,
  tensorToImageKernel,
  upsampleNearestKernel,
} from "../ops/small.kernels.js";
import { BLOCK_BYTES, type KernelBinding, type Storage } from "../shaders/kernel.js";
import { packConv } from "../weights/pack-conv.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { chooseConv, kernelReason } from "./choose-kernel.js";
import type { FusedConv, FusedGraph, FusedNode } from "./fuse.js";
import type { ValueId } from "./graph.js";
import { type MemoryPlan, type Placement, planMemory } from "./memory-plan.js";

/** How the picture comes and goes. `tensor` leaves both to the caller, who writes and reads the slots: tests do. */
export type PlanIo =
  | { readonly kind: "tensor" }
  | {
      readonly kind: "pixels";
      /** The picture; the network's input may be larger (see `paddedTo`). */
      readonly width: number;
      readonly height: number;
      readonly bits: 8 | 16;
      readonly outWidth: number;
      readonly outHeight: number;
      readonly outBits: 8 | 16;
      readonly gray: boolean;
    };

export interface PlanRequest {
  /** The size of the network's input. */
  readonly width: number;
  readonly height: number;
  readonly io: PlanIo;
  readonly storage: Storage;
  readonly device: DeviceCapabilities;
  /** Overrides the choice by device where it gives a variant, which must support the form: tests and the tuner do. */
  readonly chooseConv?: (form: ConvForm) => ConvVariant | undefined;
}

export interface PlannedBuffer {
  readonly label: string;
  readonly role: "activations" | "picture-in" | "picture-out" | "staging" | "uniforms";
  readonly byteLength: number;
}

/** A range of a planned buffer or of constant data. */
export type PlannedResource =
  | { readonly kind: "buffer"; readonly buffer: number; readonly offset: number; readonly byteLength: number }
  | { readonly kind: "constant"; readonly key: string; readonly byteLength: number };

export interface PlannedDispatch {
  readonly node: string;
  readonly op: string;
  readonly variant: string;
  /** Index into `pipelines`. */
  readonly pipeline: number;
  readonly workgroups: readonly [number, number, number];
  /** In binding order. */
  readonly resources: readonly PlannedResource[];
  readonly flops: number;
  /** Bytes read and written if each value moved once. */
  readonly bytes: number;
}

export interface PlannedPipeline {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly KernelBinding[];
}

export interface ExecutionPlan {
  readonly storage: Storage;
  readonly buffers: readonly PlannedBuffer[];
  readonly pipelines: readonly PlannedPipeline[];
  readonly dispatches: readonly PlannedDispatch[];
  readonly constants: readonly ConstantData[];
  /** The words of the uniform buffer, each dispatch's planes at a multiple of 256 bytes. */
  readonly uniforms: Uint32Array<ArrayBuffer>;
  /** Everything on the GPU while the plan runs, weights included. */
  readonly peakBytes: number;
  readonly weightBytes: number;
  readonly flops: number;
  /** Why these kernels: half a sentence. */
  readonly reason: string;
  readonly memory: MemoryPlan;
  /** Indices into `buffers` of the slots of the network's input and output. */
  readonly input: PlannedResource & { kind: "buffer" };
  readonly output: PlannedResource & { kind: "buffer" };
}

const UNIFORM_ALIGN = 256;
const CONSTANT_ALIGN = 256;

/**
 * Plans `fused` for a picture of the requested size.
 * @throws EsrganError "unsupported-device" naming the buffer, its size and the limit it passes
 */
export function planExecution(fused: FusedGraph, request: PlanRequest): ExecutionPlan {
  const memory = planMemory(fused, request.width, request.height);
  const planner = new Planner(fused, memory, request);
  return planner.plan();
}

/** Gathers dispatches, pipelines and constants; equal ones are shared. */
class Planner {
  readonly #blockBytes: number;
  readonly #totalFlops: number;
  readonly #buffers: PlannedBuffer[] = [];
  readonly #pipelines = new Map<string, { index: number; pipeline: PlannedPipeline }>();
  readonly #constants = new Map<string, ConstantData>();
  readonly #uniforms = new Map<string, { offset: number; words: readonly number[] }>();
  readonly #calls: PendingDispatch[] = [];

  constructor(
    private readonly fused: FusedGraph,
    private readonly memory: MemoryPlan,
    private readonly request: PlanRequest,
  ) {
    this.#blockBytes = BLOCK_BYTES[request.storage];
    const convs = memory.nodes.filter((node) => node.op === "conv2d");
    this.#totalFlops = convs.reduce((sum, conv) => sum + this.#convFlops(conv), 0);
  }

  plan(): ExecutionPlan {
    const { memory, request } = this;
    const { input, output } = this.fused.graph;
    for (const [index, slot] of memory.slots.entries()) {
      const byteLength = slot.plane.size * slot.blocks * this.#blockBytes;
      this.#buffers.push({ label: `slot ${index}`, role: "activations", byteLength });
    }
    const { io } = request;
    let pictureIn = -1;
    let pictureOut = -1;
    if (io.kind === "pixels") {
      pictureIn = this.#buffer("picture in", "picture-in", pictureByteLength(io));
      const result = { width: io.outWidth, height: io.outHeight, bits: io.outBits };
      pictureOut = this.#buffer("picture out", "picture-out", pictureByteLength(result));
      this.#buffer("staging", "staging", pictureByteLength(result));
      const { plane, shape } = memory.values[input]!;
      const call = imageToTensorKernel(io, { plane, channels: shape.channels }, request.storage);
      this.#calls.push({ node: "input", op: "image-to-tensor", call, operands: [this.#operand(input)], flops: 0 });
    }
    for (const node of memory.nodes) this.#node(node);
    if (io.kind === "pixels") {
      const picture = { width: io.outWidth, height: io.outHeight, bits: io.outBits, gray: io.gray };
      const { plane, shape } = memory.values[output]!;
      const tensor: KernelTensor = { plane, channels: shape.channels, access: "read" };
      const call = tensorToImageKernel(tensor, picture, request.storage);
      this.#calls.push({ node: "output", op: "tensor-to-image", call, operands: [this.#operand(output)], flops: 0 });
    }
    const uniforms = this.#collectUniforms();
    const uniformBuffer = this.#buffer("uniforms", "uniforms", uniforms.byteLength);
    const dispatches = this.#calls.map((entry) =>
      this.#dispatch(entry, { uniformBuffer, picture: entry.op === "image-to-tensor" ? pictureIn : pictureOut }),
    );
    const weightBytes = [...this.#constants.values()].reduce((sum, data) => sum + constantBytes(data), 0);
    const plan: ExecutionPlan = {
      storage: request.storage,
      buffers: this.#buffers,
      pipelines: [...this.#pipelines.values()].map(({ pipeline }) => pipeline),
      dispatches,
      constants: [...this.#constants.values()],
      uniforms,
      weightBytes,
      peakBytes: weightBytes + this.#buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0),
      flops: dispatches.reduce((sum, dispatch) => sum + dispatch.flops, 0),
      reason: request.chooseConv
        ? "as tune() measured on this device"
        : kernelReason(request.device, request.storage, this.#totalFlops),
      memory,
      input: this.#range(memory.placements.get(input)!),
      output: this.#range(memory.placements.get(output)!),
    };
    requireFits(plan, request);
    return plan;
  }

  #buffer(label: string, role: PlannedBuffer["role"], byteLength: number): number {
    return this.#buffers.push({ label, role, byteLength: roundUp(byteLength, 4) }) - 1;
  }

  #node(node: FusedNode): void {
    if (node.op === "conv2d") {
      this.#conv(node);
      return;
    }
    const { values } = this.memory;
    const output = values[node.output]!;
    const operands = [...node.inputs.map((id) => this.#operand(id)), this.#operand(node.output)];
    const spec: SmallSpec = {
      storage: this.request.storage,
      inputs: node.inputs.map((id) => this.#tensor(id, node.output)),
      output: { plane: output.plane, channels: output.shape.channels },
    };
    for (const call of smallKernels(node, spec)) {
      this.#calls.push({ node: node.name, op: node.op, call, operands, flops: 0 });
    }
  }

  #conv(conv: FusedConv): void {
    const { values, placements } = this.memory;
    const { storage, device } = this.request;
    const [outChannels, , kernel] = conv.weight.shape as [number, number, number, number];
    const form: ConvForm = { kernel, upsample: conv.upsample, shuffle: conv.shuffle.factor };
    const variant = this.request.chooseConv?.(form) ?? chooseConv(device, form, storage, this.#totalFlops);
    const runs = this.#runs(conv.inputs);
    const outBlocks = convOutBlocks(outChannels, conv.shuffle.factor);
    const constants = packConv(conv.name, {
      weight: conv.weight,
      bias: conv.bias,
      slopes: slopesOf(conv.activation, outChannels),
      segments: conv.inputs.map((id) => values[id]!.shape.channels),
      shuffle: conv.shuffle,
      ...packingOf(variant, form, outBlocks),
      half: storage !== "f32",
    });
    const destination = values[conv.output]!.plane;
    const access = (slot: number) => (slot === placements.get(conv.output)!.slot ? "read_write" : "read");
    const call = convKernel(
      variant,
      {
        kernel,
        outChannels,
        upsample: conv.upsample,
        shuffle: conv.shuffle.factor,
        activation: conv.activation,
        alpha: conv.alpha,
        sources: runs.map(({ slot, blocks }) => ({
          plane: values[conv.inputs[0]!]!.plane,
          channels: blocks * 4,
          blocks,
          access: access(slot),
        })),
        residuals: conv.residuals.map(({ value, beta, upsample }) => ({
          ...this.#tensor(value, conv.output),
          beta,
          upsample,
        })),
        destination,
      },
      storage,
      constants,
    );
    const operands = [
      ...runs.map((run) => this.#range(run)),
      ...conv.residuals.map(({ value }) => this.#operand(value)),
      this.#operand(conv.output),
    ];
    this.#calls.push({ node: conv.name, op: "conv2d", call, operands, flops: this.#convFlops(conv) });
  }

  /** The work of the convolution as the network means it, whatever the kernel saves. */
  #convFlops({ weight, output, shuffle }: FusedConv): number {
    const { width, height } = this.memory.values[output]!.shape;
    return (2 * weight.shape.reduce((product, n) => product * n, 1) * width * height) / shuffle.factor ** 2;
  }

  /** The inputs as placements, neighbours joined. */
  #runs(inputs: readonly ValueId[]): Placement[] {
    const runs: Placement[] = [];
    for (const id of inputs) {
      const next = this.memory.placements.get(id)!;
      const last = runs.at(-1);
      if (last && last.slot === next.slot && last.firstBlock + last.blocks === next.firstBlock) {
        runs[runs.length - 1] = { ...last, blocks: last.blocks + next.blocks };
      } else {
        runs.push(next);
      }
    }
    return runs;
  }

  #tensor(id: ValueId, output: ValueId): KernelTensor {
    const { plane, shape } = this.memory.values[id]!;
    const shared = this.memory.placements.get(id)!.slot === this.memory.placements.get(output)!.slot;
    return { plane, channels: shape.channels, access: shared ? "read_write" : "read" };
  }

  #operand(id: ValueId): Operand {
    return this.#range(this.memory.placements.get(id)!);
  }

  #range({ slot, firstBlock, blocks }: Placement): Operand {
    const planeBytes = this.memory.slots[slot]!.plane.size * this.#blockBytes;
    return { kind: "buffer", buffer: slot, offset: firstBlock * planeBytes, byteLength: blocks * planeBytes };
  }

  #collectUniforms(): Uint32Array<ArrayBuffer> {
    for (const { call } of this.#calls) {
      const key = call.planes.join();
      if (!this.#uniforms.has(key)) {
        this.#uniforms.set(key, { offset: this.#uniforms.size * UNIFORM_ALIGN, words: call.planes });
      }
    }
    const data = new Uint32Array((this.#uniforms.size * UNIFORM_ALIGN) / 4);
    for (const { offset, words } of this.#uniforms.values()) data.set(words, offset / 4);
    return data;
  }

  #dispatch(
    { node, op, call, operands, flops }: PendingDispatch,
    buffers: { uniformBuffer: number; picture: number },
  ): PlannedDispatch {
    let found = this.#pipelines.get(call.code);
    if (!found) {
      const pipeline = { label: `${op} ${call.variant}`, code: call.code, bindings: call.bindings };
      found = { index: this.#pipelines.size, pipeline };
      this.#pipelines.set(call.code, found);
    }
    const resources = call.arguments.map((argument) => this.#resource(argument, call, operands, buffers));
    const bytes = resources.reduce((sum, resource) => sum + resource.byteLength, 0);
    return {
      node,
      op,
      variant: call.variant,
      pipeline: found.index,
      workgroups: call.workgroups,
      resources,
      flops,
      bytes,
    };
  }

  #resource(
    argument: KernelArgument,
    call: KernelCall,
    operands: readonly Operand[],
    { uniformBuffer, picture }: { uniformBuffer: number; picture: number },
  ): PlannedResource {
    switch (argument.kind) {
      case "planes": {
        const { offset, words } = this.#uniforms.get(call.planes.join())!;
        return { kind: "buffer", buffer: uniformBuffer, offset, byteLength: words.length * 4 };
      }
      case "input":
        return operands[argument.index]!;
      case "output":
        return operands.at(-1)!;
      case "pixels":
        return { kind: "buffer", buffer: picture, offset: 0, byteLength: this.#buffers[picture]!.byteLength };
      case "constant":
        this.#constants.set(argument.data.key, argument.data);
        return { kind: "constant", key: argument.data.key, byteLength: argument.data.byteLength };
    }
  }
}

type Operand = PlannedResource & { kind: "buffer" };

/** A dispatch before pipelines and uniforms are numbered; `operands` are its inputs, then its output. */
interface PendingDispatch {
  readonly node: string;
  readonly op: string;
  readonly call: KernelCall;
  readonly operands: readonly Operand[];
  readonly flops: number;
}

function smallKernels(node: Exclude<FusedNode, { op: "conv2d" }>, spec: SmallSpec): KernelCall[] {
  switch (node.op) {
    case "leaky-relu":
      return [leakyReluKernel(spec, node.attributes.slope)];
    case "prelu":
      return [preluKernel(spec, node.attributes.slopes, node.name)];
    case "concat-channels":
      return concatKernels(spec);
    case "scaled-add":
      return [scaledAddKernel(spec, node.attributes.alpha)];
    case "pixel-shuffle":
      return [pixelShuffleKernel(spec, node.attributes.factor, node.attributes.order)];
    case "pixel-unshuffle":
      return [pixelUnshuffleKernel(spec, node.attributes.factor, node.attributes.order)];
    case "upsample-nearest":
      return [upsampleNearestKernel(spec, node.attributes.factor)];
    case "resize":
      return [resizeKernel(spec, node.attributes, node.name)];
  }
}

/** Bytes a constant takes on the GPU: each starts at a multiple that bindings may have as their offset. */
export function constantBytes(data: ConstantData): number {
  return roundUp(data.byteLength, CONSTANT_ALIGN);
}

function requireFits(plan: ExecutionPlan, { device, width, height }: PlanRequest): void {
  const size = `The picture of ${width}x${height} pixels in one piece`;
  for (const buffer of plan.buffers) {
    if (buffer.byteLength > device.maxBufferSize) {
      throw new EsrganError(
        "unsupported-device",
        `${size} needs a buffer of ${buffer.byteLength} bytes (${buffer.label}), this device allows ${device.maxBufferSize}`,
      );
    }
  }
  for (const dispatch of plan.dispatches) {
    for (const resource of dispatch.resources) {
      if (resource.byteLength > device.maxStorageBufferBindingSize) {
        throw new EsrganError(
          "unsupported-device",
          `${size} needs a storage binding of ${resource.byteLength} bytes for ${dispatch.node}, ` +
            `this device allows ${device.maxStorageBufferBindingSize}`,
        );
      }
    }
    const groups = Math.max(...dispatch.workgroups);
    if (groups > device.maxWorkgroupsPerDimension) {
      throw new EsrganError(
        "unsupported-device",
        `${size} needs ${groups} workgroups along one dimension for ${dispatch.node}, ` +
          `this device allows ${device.maxWorkgroupsPerDimension}`,
      );
    }
  }
}
