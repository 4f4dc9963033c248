// Owns the execution plan: every buffer, pipeline and dispatch of one network at one picture size, as plain printable data.
// Pure: the same for a dry run, the tests, the benchmark and the GPU.

import { EsrganError } from "../errors.js";
import type { FusedConv, FusedGraph, FusedNode } from "../graph/fuse.js";
import type { ValueId } from "../graph/graph.js";
import { slopesOf } from "../ops/activation.js";
import {
  type ConvForm,
  type ConvSpec,
  type ConvVariant,
  convKernel,
  convOutBlocks,
  type OperandCounts,
  packingOf,
  pipelineClass,
} from "../ops/conv2d.kernels.js";
import {
  type ConstantData,
  type KernelArgument,
  type KernelCall,
  type KernelTensor,
  withOrigin,
  withWindow,
} from "../ops/kernel.js";
import { BLOCK_CHANNELS, plane as planeOf, roundUp } from "../ops/plane.js";
import {
  activateKernel,
  concatKernels,
  imageToTensorKernel,
  PICTURE_HEADER_BYTES,
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
import { type MemoryPlan, type Placement, planMemory } from "./memory-plan.js";
import { findTail, type Tail, windowAxis } from "./tail.js";
import { type AxisTiles, cutAxis, type TileSpan } from "./tile-plan.js";

/** How the picture comes and goes. `tensor` leaves both to the caller, who writes and reads the slots: tests do. */
export type PlanIo =
  | { readonly kind: "tensor" }
  | {
      readonly kind: "pixels";
      readonly bits: 8 | 16;
      readonly outBits: 8 | 16;
      /** The result is the luma. */
      readonly gray: boolean;
    };

export interface PlanRequest {
  /** The size of the network's input. */
  readonly width: number;
  readonly height: number;
  readonly io: PlanIo;
  readonly storage: Storage;
  readonly device: DeviceCapabilities;
  /** Cuts the tail into so many windows, pixels out alone; by default one. Without a tail it does nothing. */
  readonly windows?: { readonly columns: number; readonly rows: number };
  /** Overrides the choice by device where it gives a variant, which must support the form: tests and the tuner do. */
  readonly chooseConv?: (form: ConvForm) => ConvVariant | undefined;
}

export interface PlannedBuffer {
  readonly label: string;
  readonly role: "activations" | "picture-in" | "picture-out" | "staging" | "tables" | "uniforms" | "nothing";
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

/** What can be put on a device and run. */
export interface RunnablePlan {
  readonly buffers: readonly PlannedBuffer[];
  readonly pipelines: readonly PlannedPipeline[];
  readonly dispatches: readonly PlannedDispatch[];
  readonly constants: readonly ConstantData[];
  /** The words of the uniform buffer, each dispatch's planes at a multiple of 256 bytes. */
  readonly uniforms: Uint32Array<ArrayBuffer>;
}

export interface ExecutionPlan extends RunnablePlan {
  readonly storage: Storage;
  /** Everything on the GPU while the plan runs, weights included. */
  readonly peakBytes: number;
  readonly weightBytes: number;
  readonly flops: number;
  /** Why these kernels: half a sentence. */
  readonly reason: string;
  readonly memory: MemoryPlan;
  /** Windows that the tail is computed in. */
  readonly windows: number;
  /** Where the network's input and output lie; the output has no slot where the last kernel stores pixels. */
  readonly input: PlannedResource & { kind: "buffer" };
  readonly output: (PlannedResource & { kind: "buffer" }) | undefined;
}

/** Bytes from one kernel's planes to the next: what offsets of uniform bindings must be multiples of. */
export const UNIFORM_ALIGN = 256;
const CONSTANT_ALIGN = 256;
const NOTHING_BYTES = 256; // what bindings may start at a multiple of

/**
 * Plans `fused` for an input of the requested size.
 * @throws EsrganError "unsupported-device" naming the buffer, its size and the limit it passes
 */
export function planExecution(fused: FusedGraph, request: PlanRequest): ExecutionPlan {
  return new Planner(fused, request).plan();
}

/** The weightBytes of the plan, without making its convolutions' kernels, in half of the time. */
export function planWeightBytes(fused: FusedGraph, request: PlanRequest): number {
  return new Planner(fused, request).weightBytes();
}

/** The windows of the tail along both axes, in pixels of the trunk, and the tail itself. */
export function tailWindows(
  fused: FusedGraph,
  { width, height, windows }: Pick<PlanRequest, "width" | "height" | "windows">,
): { readonly tail: Tail; readonly columns: AxisTiles; readonly rows: AxisTiles } | undefined {
  const tail = findTail(fused);
  if (!tail) return undefined;
  const cut = (length: number, count: number) => cutAxis(windowAxis(tail, length), count);
  return { tail, columns: cut(width, windows?.columns ?? 1), rows: cut(height, windows?.rows ?? 1) };
}

/** Whether the last node can store its result as pixels: a convolution whose result is one block of channels. */
export function storesPixels({ graph, nodes }: FusedGraph): boolean {
  const last = nodes.at(-1);
  return (
    last?.op === "conv2d" && last.output === graph.output && graph.values[graph.output]!.channels <= BLOCK_CHANNELS
  );
}

/** A part of the result that is computed by itself: where its input starts in pixels of the trunk, and what is kept. */
interface Window {
  readonly x: number;
  readonly y: number;
  /** Left, top, right, bottom in output pixels, from the window's first. */
  readonly kept: readonly [number, number, number, number];
}

/** Gathers dispatches, pipelines and constants; equal ones are shared. */
class Planner {
  readonly #blockBytes: number;
  readonly #totalFlops: number;
  readonly #memory: MemoryPlan;
  readonly #tail: Tail | undefined;
  readonly #windows: readonly Window[];
  /** The extent of the whole result. */
  readonly #result: { readonly width: number; readonly height: number };
  readonly #buffers: PlannedBuffer[] = [];
  readonly #pipelines = new Map<string, { index: number; pipeline: PlannedPipeline }>();
  readonly #constants = new Map<string, ConstantData>();
  readonly #uniforms = new Map<string, { offset: number; words: readonly number[] }>();
  readonly #calls: PendingDispatch[] = [];
  readonly #convs = new Map<FusedConv, ChosenConv>();
  /** By class. */
  readonly #rooms = new Map<string, OperandCounts>();

  constructor(
    private readonly fused: FusedGraph,
    private readonly request: PlanRequest,
  ) {
    const { width, height, io } = request;
    this.#blockBytes = BLOCK_BYTES[request.storage];
    const cut = io.kind === "pixels" ? tailWindows(fused, request) : undefined;
    this.#tail = cut?.tail;
    this.#memory = planMemory(fused, width, height, {
      storesElsewhere: io.kind === "pixels" && storesPixels(fused),
      tail: cut && { of: cut.tail, width: cut.columns.size, height: cut.rows.size },
    });
    const output = this.#memory.values[fused.graph.output]!.shape;
    this.#result = cut
      ? {
          width: width * cut.tail.trunkScale * cut.tail.scale,
          height: height * cut.tail.trunkScale * cut.tail.scale,
        }
      : { width: output.width, height: output.height };
    this.#windows = cut
      ? cut.rows.spans.flatMap((row) => cut.columns.spans.map((column) => windowOf(column, row, cut.tail.scale)))
      : [{ x: 0, y: 0, kept: [0, 0, output.width, output.height] }];
    const convs = this.#memory.nodes.filter((node) => node.op === "conv2d");
    this.#totalFlops = convs.reduce(
      (sum, conv) => sum + this.#convFlops(conv) * (this.#isTail(conv.output) ? this.#windows.length : 1),
      0,
    );
    for (const conv of convs) {
      const chosen = this.#choose(conv);
      this.#convs.set(conv, chosen);
      if (chosen.class === undefined) continue;
      const { sources = 0, residuals = 0 } = this.#rooms.get(chosen.class) ?? {};
      this.#rooms.set(chosen.class, {
        sources: Math.max(sources, chosen.spec.sources.length),
        residuals: Math.max(residuals, chosen.spec.residuals.length),
      });
    }
  }

  plan(): ExecutionPlan {
    const { request } = this;
    const memory = this.#memory;
    const { input, output } = this.fused.graph;
    for (const [index, slot] of memory.slots.entries()) {
      const byteLength = slot.plane.size * slot.blocks * this.#blockBytes;
      this.#buffers.push({ label: `slot ${index}`, role: "activations", byteLength });
    }
    const { io } = request;
    let pictureIn = -1;
    let pictureOut = -1;
    const body = memory.nodes.map((node) => this.#node(node));
    const store = io.kind === "pixels" && !storesPixels(this.fused) ? this.#tensorToImage(io) : [];
    const isTail = (calls: readonly PendingDispatch[]) =>
      calls.some(({ values: [made] }) => made === undefined || this.#isTail(made));
    if (io.kind === "pixels") {
      const result = { ...this.#result, bits: io.outBits };
      const outBytes = PICTURE_HEADER_BYTES + pictureByteLength(result);
      pictureIn = this.#buffer("picture in", "picture-in", pictureByteLength({ ...request, bits: io.bits }));
      pictureOut = this.#buffer("picture out", "picture-out", outBytes);
      this.#buffer("staging", "staging", outBytes);
      this.#calls.push(this.#imageToTensor(io, input));
    }
    this.#calls.push(...body.filter((calls) => !isTail(calls)).flat());
    const windowed = [...body.filter(isTail), store].flat();
    for (const window of this.#windows) {
      for (const pending of windowed) this.#calls.push(this.#inWindow(pending, window));
    }
    const uniforms = this.#collectUniforms();
    const uniformBuffer = this.#buffer("uniforms", "uniforms", uniforms.byteLength);
    const absent = this.#calls.reduce((most, { call }) => Math.max(most, absentOperands(call)), 0);
    const nothing = absent > 0 ? this.#buffer("nothing", "nothing", NOTHING_BYTES * absent) : -1;
    const bound = { uniformBuffer, pictureIn, pictureOut, nothing };
    const dispatches = this.#calls.map((entry) => this.#dispatch(entry, bound));
    const weightBytes = bytesOfAll(this.#constants.values());
    const placedOutput = memory.placements.get(output);
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
      windows: this.#windows.length,
      input: this.#range(memory.placements.get(input)!),
      output: placedOutput && this.#range(placedOutput),
    };
    requireFits(plan, request);
    return plan;
  }

  weightBytes(): number {
    const constants = this.#memory.nodes.flatMap((node) =>
      node.op === "conv2d"
        ? Object.values(this.#packed(node))
        : this.#node(node).flatMap(({ call }) => constantsOf(call)),
    );
    return bytesOfAll(new Map(constants.map((data) => [data.key, data])).values());
  }

  #isTail(id: ValueId): boolean {
    return this.#memory.values[id]!.isTail;
  }

  #imageToTensor(io: PlanIo & { kind: "pixels" }, input: ValueId): PendingDispatch {
    const { plane, shape } = this.#memory.values[input]!;
    const { width, height, storage } = this.request;
    const call = imageToTensorKernel({ width, height, bits: io.bits }, { plane, channels: shape.channels }, storage);
    return { node: "input", op: "image-to-tensor", call, operands: [this.#operand(input)], values: [input], flops: 0 };
  }

  #tensorToImage(io: PlanIo & { kind: "pixels" }): PendingDispatch[] {
    const { output } = this.fused.graph;
    const { plane, shape } = this.#memory.values[output]!;
    const tensor: KernelTensor = { plane, channels: shape.channels, access: "read" };
    const store = { bits: io.outBits, gray: io.gray };
    const call = tensorToImageKernel(tensor, this.#result.width, store, this.request.storage);
    const operands = [this.#operand(output)];
    return [{ node: "output", op: "tensor-to-image", call, operands, values: [undefined, output], flops: 0 }];
  }

  /** The dispatch for one window: what it reads of the trunk starts there, and so do the pixels it stores. */
  #inWindow(pending: PendingDispatch, { x, y, kept }: Window): PendingDispatch {
    const trunkScale = this.#tail?.trunkScale ?? 1;
    let words = pending.call.planes;
    pending.values.forEach((id, index) => {
      if (id === undefined) {
        const scale = this.#tail?.scale ?? 1;
        words = withWindow(withOrigin(words, index, (y * this.#result.width + x) * scale), kept);
      } else if (index > 0 && !this.#isTail(id)) {
        const { plane } = this.#memory.values[id]!;
        const ratio = this.fused.graph.values[id]!.scale / trunkScale;
        words = withOrigin(words, index, (y * plane.pitch + x) * ratio);
      }
    });
    return { ...pending, call: { ...pending.call, planes: words } };
  }

  #buffer(label: string, role: PlannedBuffer["role"], byteLength: number): number {
    return this.#buffers.push({ label, role, byteLength: roundUp(byteLength, 4) }) - 1;
  }

  #node(node: FusedNode): PendingDispatch[] {
    if (node.op === "conv2d") return [this.#conv(node)];
    const output = this.#memory.values[node.output]!;
    const operands = [...node.inputs.map((id) => this.#operand(id)), this.#operand(node.output)];
    const spec: SmallSpec = {
      storage: this.request.storage,
      inputs: node.inputs.map((id) => this.#tensor(id, node.output)),
      output: { plane: output.plane, channels: output.shape.channels },
    };
    return smallKernels(node, spec).map((call, index) => {
      const reads = node.op === "concat-channels" ? [node.inputs[index]!] : node.inputs;
      return { node: node.name, op: node.op, call, operands, values: [node.output, ...reads], flops: 0 };
    });
  }

  /** What computes a convolution. */
  #choose(conv: FusedConv): ChosenConv {
    const { values, placements } = this.#memory;
    const { storage, device, io } = this.request;
    const [outChannels, , kernel] = conv.weight.shape as [number, number, number, number];
    const form: ConvForm = { kernel, upsample: conv.upsample, shuffle: conv.shuffle.factor };
    const variant = this.request.chooseConv?.(form) ?? chooseConv(device, form, storage, this.#totalFlops);
    const runs = this.#runs(conv.inputs);
    const destination = placements.get(conv.output);
    const { shape, plane } = values[conv.output]!;
    const isPicture = io.kind === "pixels" && !destination;
    const common = {
      ...form,
      outChannels,
      activation: conv.activation,
      alpha: conv.alpha,
      residuals: conv.residuals.map(({ value, beta, upsample }) => ({
        ...this.#tensor(value, conv.output),
        beta,
        upsample,
      })),
      picture: isPicture ? { channels: shape.channels, bits: io.outBits, gray: io.gray } : undefined,
    };
    const name = pipelineClass(variant, common);
    const slots = [...runs, ...conv.residuals.map(({ value }) => placements.get(value)!)].map(({ slot }) => slot);
    // Later sources of a class are bound alike, whether or not the output lies beside them.
    const isWritable = (slot: number, index: number) =>
      slot === destination?.slot || (name !== undefined && index > 0 && slots.filter((at) => at === slot).length === 1);
    const spec: ConvSpec = {
      ...common,
      sources: runs.map(({ slot, blocks }, index) => ({
        plane: values[conv.inputs[0]!]!.plane,
        channels: blocks * 4,
        blocks,
        access: isWritable(slot, index) ? "read_write" : "read",
      })),
      destination: isPicture ? { ...planeOf(shape.width, shape.height, 0), pitch: this.#result.width, size: 0 } : plane,
    };
    const operands = [
      ...runs.map((run) => this.#range(run)),
      ...conv.residuals.map(({ value }) => this.#operand(value)),
      ...(destination ? [this.#range(destination)] : []),
    ];
    return { variant, spec, operands, class: name };
  }

  /** The constants of a convolution. */
  #packed(conv: FusedConv): ReturnType<typeof packConv> {
    const { variant, spec } = this.#convs.get(conv)!;
    return packConv(conv.name, {
      weight: conv.weight,
      bias: conv.bias,
      slopes: slopesOf(conv.activation)?.floats(),
      segments: conv.inputs.map((id) => this.#memory.values[id]!.shape.channels),
      shuffle: conv.shuffle,
      ...packingOf(variant, spec, convOutBlocks(spec.outChannels, spec.shuffle)),
      half: this.request.storage !== "f32",
    });
  }

  #conv(conv: FusedConv): PendingDispatch {
    const { storage } = this.request;
    const { variant, spec, operands, class: name } = this.#convs.get(conv)!;
    const constants = this.#packed(conv);
    const call = convKernel(variant, spec, storage, constants, name === undefined ? undefined : this.#rooms.get(name));
    const reads = [conv.inputs[0]!, ...conv.residuals.map(({ value }) => value)];
    return {
      node: conv.name,
      op: "conv2d",
      call,
      operands,
      values: [spec.picture ? undefined : conv.output, ...reads],
      flops: this.#convFlops(conv),
    };
  }

  /** The work of the convolution as the network means it, whatever the kernel saves. */
  #convFlops({ weight, output, shuffle }: FusedConv): number {
    const { width, height } = this.#memory.values[output]!.shape;
    return (2 * weight.shape.reduce((product, n) => product * n, 1) * width * height) / shuffle.factor ** 2;
  }

  /** The inputs as placements, neighbours joined. */
  #runs(inputs: readonly ValueId[]): Placement[] {
    const runs: Placement[] = [];
    for (const id of inputs) {
      const next = this.#memory.placements.get(id)!;
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
    const { values, placements } = this.#memory;
    const { plane, shape } = values[id]!;
    const shared = placements.get(id)!.slot === placements.get(output)?.slot;
    return { plane, channels: shape.channels, access: shared ? "read_write" : "read" };
  }

  #operand(id: ValueId): Operand {
    return this.#range(this.#memory.placements.get(id)!);
  }

  #range({ slot, firstBlock, blocks }: Placement): Operand {
    const planeBytes = this.#memory.slots[slot]!.plane.size * this.#blockBytes;
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

  #dispatch({ node, op, call, operands, flops }: PendingDispatch, buffers: BoundBuffers): PlannedDispatch {
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
    { uniformBuffer, pictureIn, pictureOut, nothing }: BoundBuffers,
  ): PlannedResource {
    const whole = (buffer: number): PlannedResource => ({
      kind: "buffer",
      buffer,
      offset: 0,
      byteLength: this.#buffers[buffer]!.byteLength,
    });
    switch (argument.kind) {
      case "planes": {
        const { offset, words } = this.#uniforms.get(call.planes.join())!;
        return { kind: "buffer", buffer: uniformBuffer, offset, byteLength: words.length * 4 };
      }
      case "input":
        return operands[argument.index]!;
      case "output":
        return operands.at(-1)!;
      case "picture-in":
        return whole(pictureIn);
      case "picture-out":
        return whole(pictureOut);
      case "nothing":
        return { kind: "buffer", buffer: nothing, offset: argument.index * NOTHING_BYTES, byteLength: NOTHING_BYTES };
      case "tables":
        throw new EsrganError("internal", `${call.variant} asks for tables, which networks have none of`);
      case "constant":
        this.#constants.set(argument.data.key, argument.data);
        return { kind: "constant", key: argument.data.key, byteLength: argument.data.byteLength };
    }
  }
}

/** Indices of the buffers that are not slots. */
interface BoundBuffers {
  readonly uniformBuffer: number;
  readonly pictureIn: number;
  readonly pictureOut: number;
  readonly nothing: number;
}

/** How one convolution is computed, and the class of those whose pipeline it shares, if any. */
interface ChosenConv {
  readonly variant: ConvVariant;
  readonly spec: ConvSpec;
  /** As in PendingDispatch. */
  readonly operands: readonly Operand[];
  readonly class: string | undefined;
}

type Operand = PlannedResource & { kind: "buffer" };

/**
 * A dispatch before pipelines and uniforms are numbered; `operands` are its inputs, then its output. `values` are those that
 * the planes of its uniform describe, in order, undefined for the picture.
 */
interface PendingDispatch {
  readonly node: string;
  readonly op: string;
  readonly call: KernelCall;
  readonly operands: readonly Operand[];
  readonly values: readonly (ValueId | undefined)[];
  readonly flops: number;
}

function constantsOf(call: KernelCall): ConstantData[] {
  return call.arguments.flatMap((argument) => (argument.kind === "constant" ? [argument.data] : []));
}

function bytesOfAll(constants: Iterable<ConstantData>): number {
  return [...constants].reduce((sum, data) => sum + constantBytes(data), 0);
}

function absentOperands(call: KernelCall): number {
  return call.arguments.filter(({ kind }) => kind === "nothing").length;
}

function windowOf(column: TileSpan, row: TileSpan, scale: number): Window {
  const kept = [column.coreStart - column.start, row.coreStart - row.start, column.coreEnd - column.start] as const;
  return {
    x: column.start,
    y: row.start,
    kept: [kept[0] * scale, kept[1] * scale, kept[2] * scale, (row.coreEnd - row.start) * scale],
  };
}

function smallKernels(node: Exclude<FusedNode, { op: "conv2d" }>, spec: SmallSpec): KernelCall[] {
  switch (node.op) {
    case "leaky-relu":
      return [activateKernel(spec, { kind: "leaky-relu", slope: node.attributes.slope })];
    case "prelu":
      return [preluKernel(spec, node.attributes.slopes, node.name)];
    case "activate":
      return [activateKernel(spec, node.attributes)];
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
  const size = `A tile of ${width}x${height} pixels`;
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
