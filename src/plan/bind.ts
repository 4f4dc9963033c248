// Owns the last step of planning: calls of kernels become dispatches. Equal pipelines, constants and uniforms are shared; every
// argument becomes a resource. Where values live is memory-plan.ts, which kernels run lower.ts.

import { EsrganError } from "../errors.js";
import type { ValueId } from "../graph/graph.js";
import type { ConstantData, KernelArgument, KernelCall, PlaneName } from "../ops/kernel.js";
import { REGION_BYTES } from "../ops/region.js";
import { timesTraffic } from "../ops/traffic.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import type { ConvKernel } from "./refused-kernels.js";
import {
  type PlannedBuffer,
  type PlannedDispatch,
  type PlannedPipeline,
  type PlannedRange,
  type PlannedResource,
  plannedBuffer,
  ROLE_OF_ARGUMENT,
  type RunnablePlan,
  UNIFORM_ALIGN,
} from "./runnable-plan.js";

/** What a plane of a kernel's uniform describes: a value of the graph, or the picture that the kernel stores. */
export type PlaneOwner = ValueId | "picture";

/** A call of a kernel whose operands have their places. */
export interface PlacedCall {
  readonly node: string;
  readonly op: string;
  readonly call: KernelCall;
  /** What the call's inputs are, by their index. */
  readonly reads: readonly PlannedRange[];
  readonly writes: PlannedRange | undefined;
  readonly planes: { readonly [N in PlaneName]?: PlaneOwner };
  readonly flops: number;
  /** As in PlannedPipeline. */
  readonly conv?: ConvKernel | undefined;
}

const NOTHING_BYTES = 256; // what bindings may start at a multiple of

/**
 * Binds `calls`, which use `buffers` by role or, for activations, by index. Buffers for uniforms and for operands that calls do
 * without come behind these.
 */
export function* bindCalls(
  calls: readonly PlacedCall[],
  buffers: readonly PlannedBuffer[],
): WorkInPieces<RunnablePlan> {
  const uniforms = uniformsOf(calls);
  const absent = calls.reduce((most, { call }) => Math.max(most, absentOperands(call)), 0);
  const all = [
    ...buffers,
    ...(uniforms.byteLength > 0 ? [plannedBuffer("uniforms", "uniforms", uniforms.byteLength)] : []),
    ...(absent > 0 ? [plannedBuffer("nothing", "nothing", NOTHING_BYTES * absent)] : []),
  ];
  const pipelines = new Map<string, { index: number; pipeline: PlannedPipeline }>();
  const constants = new Map<string, ConstantData>();
  const resources = new Resources(all, uniforms.offsets, constants);
  const dispatches: PlannedDispatch[] = [];
  for (const placed of calls) {
    const { node, op, call, flops, conv } = placed;
    const { code, bindings, variant, workgroups } = call;
    const found = pipelines.get(code) ?? {
      index: pipelines.size,
      pipeline: { label: `${op} ${variant}`, code, bindings, conv },
    };
    pipelines.set(code, found);
    const bound = call.arguments.map((argument) => resources.of(argument, placed));
    const bytes = bound.reduce((sum, resource) => sum + resource.byteLength, 0);
    const traffic = call.traffic && timesTraffic(call.traffic, workgroups[0] * workgroups[1] * workgroups[2]);
    dispatches.push({ node, op, variant, pipeline: found.index, workgroups, resources: bound, flops, bytes, traffic });
    yield;
  }
  return {
    buffers: all,
    pipelines: [...pipelines.values()].map(({ pipeline }) => pipeline),
    dispatches,
    constants: [...constants.values()],
    uniforms: uniforms.words,
  };
}

interface Uniforms {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly byteLength: number;
  /** By the words. */
  readonly offsets: ReadonlyMap<string, number>;
}

function uniformsOf(calls: readonly PlacedCall[]): Uniforms {
  const distinct = new Map<string, readonly number[]>();
  for (const { call } of calls) if (call.planes.length > 0) distinct.set(call.planes.join(), call.planes);
  const byteLength = distinct.size * UNIFORM_ALIGN;
  const words = new Uint32Array(byteLength / 4);
  const offsets = new Map<string, number>();
  for (const [key, planes] of distinct) {
    const offset = offsets.size * UNIFORM_ALIGN;
    words.set(planes, offset / 4);
    offsets.set(key, offset);
  }
  return { words, byteLength, offsets };
}

class Resources {
  readonly #byRole: ReadonlyMap<string, number>;

  constructor(
    private readonly buffers: readonly PlannedBuffer[],
    private readonly uniformOffsets: ReadonlyMap<string, number>,
    private readonly constants: Map<string, ConstantData>,
  ) {
    this.#byRole = new Map(buffers.map(({ role }, index) => [role, index]));
  }

  of(argument: KernelArgument, { node, call, reads, writes }: PlacedCall): PlannedResource {
    switch (argument.kind) {
      case "planes": {
        const offset = this.uniformOffsets.get(call.planes.join())!;
        return { kind: "buffer", buffer: this.#byRole.get("uniforms")!, offset, byteLength: call.planes.length * 4 };
      }
      case "input":
        return reads[argument.index]!;
      case "output":
        if (!writes) throw new EsrganError("internal", `${node} has no place for what it writes`);
        return writes;
      case "region":
        return { kind: "region", byteLength: REGION_BYTES };
      case "nothing": {
        const offset = argument.index * NOTHING_BYTES;
        return { kind: "buffer", buffer: this.#byRole.get("nothing")!, offset, byteLength: NOTHING_BYTES };
      }
      case "constant":
        this.constants.set(argument.data.key, argument.data);
        return {
          kind: "constant",
          key: argument.data.key,
          offset: argument.offset,
          byteLength: argument.byteLength,
        };
      default:
        return this.#whole(ROLE_OF_ARGUMENT[argument.kind], node);
    }
  }

  /** The whole buffer of a role, or what is given in its place. */
  #whole(role: (typeof ROLE_OF_ARGUMENT)[keyof typeof ROLE_OF_ARGUMENT], node: string): PlannedResource {
    const buffer = this.#byRole.get(role);
    if (buffer !== undefined) {
      return { kind: "buffer", buffer, offset: 0, byteLength: this.buffers[buffer]!.byteLength };
    }
    switch (role) {
      case "picture-in":
      case "packed-out":
      case "texture-in":
      case "texture-out":
        return { kind: "given", role, byteLength: 0 };
      default:
        throw new EsrganError("internal", `${node} asks for ${role}, which its plan has no buffer for`);
    }
  }
}

function absentOperands(call: KernelCall): number {
  return call.arguments.filter(({ kind }) => kind === "nothing").length;
}
