// Owns how the steps of a merge become a plan's pipelines, uniforms and dispatches. Touches no GPU.

import type { KernelArgument, KernelCall } from "../ops/kernel.js";
import { REGION_BYTES } from "../ops/region.js";
import {
  type BufferRole,
  type PlannedBuffer,
  type PlannedDispatch,
  type PlannedPipeline,
  type PlannedResource,
  ROLE_OF_ARGUMENT,
  type RunnablePlan,
  UNIFORM_ALIGN,
} from "../plan/runnable-plan.js";

/** A dispatch, with the index of the buffers that it reads and writes. */
export interface PlannedStep {
  readonly call: KernelCall;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly flops: number;
}

/** The steps in order. A call that comes again has one uniform. */
export function plannedSteps(steps: readonly PlannedStep[], buffers: readonly PlannedBuffer[]): RunnablePlan {
  const calls = [...new Set(steps.map(({ call }) => call))];
  const pipelines = new Map<string, PlannedPipeline>();
  for (const { call } of steps) {
    pipelines.set(call.code, { label: call.variant, code: call.code, bindings: call.bindings });
  }
  const codes = [...pipelines.keys()];
  const uniforms = new Uint32Array((calls.length * UNIFORM_ALIGN) / Uint32Array.BYTES_PER_ELEMENT);
  calls.forEach((call, index) => {
    uniforms.set(call.planes, (index * UNIFORM_ALIGN) / Uint32Array.BYTES_PER_ELEMENT);
  });
  const dispatches = steps.map((each): PlannedDispatch => {
    const { call, flops } = each;
    const offset = calls.indexOf(call) * UNIFORM_ALIGN;
    const resources = call.arguments.map((argument) => resourceOf(argument, each, offset, buffers));
    return {
      node: call.variant,
      op: "merge",
      variant: call.variant,
      pipeline: codes.indexOf(call.code),
      workgroups: call.workgroups,
      resources,
      flops,
      bytes: resources.reduce((sum, { byteLength }) => sum + byteLength, 0),
      traffic: undefined,
    };
  });
  return { buffers, pipelines: [...pipelines.values()], dispatches, constants: [], uniforms };
}

function resourceOf(
  argument: KernelArgument,
  { call, inputs, output }: PlannedStep,
  uniformOffset: number,
  buffers: readonly PlannedBuffer[],
): PlannedResource {
  const whole = (buffer: number): PlannedResource => ({
    kind: "buffer",
    buffer,
    offset: 0,
    byteLength: buffers[buffer]!.byteLength,
  });
  const ofRole = (role: BufferRole) => buffers.findIndex((buffer) => buffer.role === role);
  switch (argument.kind) {
    case "planes": {
      const byteLength = call.planes.length * Uint32Array.BYTES_PER_ELEMENT;
      return { kind: "buffer", buffer: ofRole("uniforms"), offset: uniformOffset, byteLength };
    }
    case "region":
      return { kind: "region", byteLength: REGION_BYTES };
    case "output":
      return whole(output);
    case "input":
      return whole(inputs[argument.index]!);
    case "texture-in":
    case "texture-out":
      return { kind: "given", role: argument.kind, byteLength: 0 };
    case "constant":
    case "nothing":
      throw new Error(`a merge binds no ${argument.kind}`);
    default:
      return whole(ofRole(ROLE_OF_ARGUMENT[argument.kind]));
  }
}
