// Runs single kernels for tests, each operand in a buffer of its own: for operations whose inputs a graph of one node cannot
// give, and for pictures. Owns no planning: what a kernel reads comes packed.

import { MAP_READ, USAGE } from "../../src/gpu/buffers.js";
import { compilePipeline } from "../../src/gpu/pipeline-cache.js";
import type { KernelArgument, KernelCall } from "../../src/ops/kernel.js";

export interface KernelOperands {
  readonly inputs: readonly ArrayBufferView<ArrayBuffer>[];
  /** The packed picture. */
  readonly pixels?: ArrayBufferView<ArrayBuffer>;
  readonly tables?: ArrayBufferView<ArrayBuffer>;
  /** The words of the region, and what kernels read and write by name. */
  readonly region?: Uint32Array<ArrayBuffer>;
  readonly named?: { readonly [K in KernelArgument["kind"]]?: ArrayBufferView<ArrayBuffer> };
  /** They stay the caller's. */
  readonly textures?: { readonly [K in "texture-in" | "texture-out"]?: GPUTexture };
  /** Bytes of what is written and not named: the output, a picture, sums or the count of overflows. */
  readonly resultBytes: number;
  /** What they are before; by default zero. */
  readonly before?: ArrayBufferView<ArrayBuffer>;
}

/** Runs `calls` in order and reads back what they wrote. */
export async function runKernels(
  device: GPUDevice,
  calls: readonly KernelCall[],
  { inputs, pixels, tables, region, named = {}, textures = {}, resultBytes, before }: KernelOperands,
): Promise<ArrayBuffer> {
  const made: GPUBuffer[] = [];
  const buffer = (size: number, usage: number) => {
    const created = device.createBuffer({ label: "run-kernels", size, usage });
    made.push(created);
    return created;
  };
  const upload = (data: ArrayBufferView<ArrayBuffer>, usage: number = USAGE.storage) => {
    const created = buffer(data.byteLength, usage | USAGE.copyDst);
    device.queue.writeBuffer(created, 0, data.buffer, data.byteOffset, data.byteLength);
    return created;
  };
  const pipelines = await Promise.all(
    calls.map(({ code, bindings, variant }) => compilePipeline(device, { label: variant, code, bindings })),
  );
  const sources = inputs.map((input) => upload(input));
  const result = buffer(resultBytes, USAGE.storage | USAGE.copySrc | USAGE.copyDst);
  if (before) device.queue.writeBuffer(result, 0, before.buffer, before.byteOffset, before.byteLength);
  const picture = pixels && upload(pixels);
  const tapTable = tables && upload(tables);
  const staging = buffer(resultBytes, USAGE.mapRead | USAGE.copyDst);
  const kept = new Map<KernelArgument["kind"], GPUBuffer>();
  /** One buffer for all kernels that read or write it. */
  const keptBuffer = (kind: KernelArgument["kind"]): GPUBuffer => {
    const found = kept.get(kind) ?? upload(named[kind]!);
    kept.set(kind, found);
    return found;
  };
  const bufferOf = (
    argument: Exclude<KernelArgument, { kind: "texture-in" | "texture-out" }>,
    call: KernelCall,
  ): GPUBuffer => {
    switch (argument.kind) {
      case "planes":
        return upload(Uint32Array.from(call.planes), USAGE.uniform);
      case "input":
        return sources[argument.index]!;
      case "output":
        return result;
      case "picture-in":
        return picture!;
      case "picture-out":
      case "packed-out":
      case "sums":
      case "overflows":
        return named[argument.kind] ? keptBuffer(argument.kind) : result;
      case "region":
        return upload(region!, USAGE.uniform);
      case "tables":
        return tapTable!;
      case "nothing":
        return buffer(256, USAGE.storage);
      case "constant":
        return upload(argument.data.pack());
      default:
        return upload(named[argument.kind]!);
    }
  };
  const resourceOf = (argument: KernelArgument, call: KernelCall): GPUBindingResource =>
    argument.kind === "texture-in" || argument.kind === "texture-out"
      ? textures[argument.kind]!.createView()
      : { buffer: bufferOf(argument, call) };
  const encoder = device.createCommandEncoder();
  calls.forEach((call, index) => {
    const { pipeline, layout } = pipelines[index]!;
    const entries = call.arguments.map((argument, binding) => ({ binding, resource: resourceOf(argument, call) }));
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const hasRegion = call.arguments.some(({ kind }) => kind === "region");
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }), hasRegion ? [0] : []);
    pass.dispatchWorkgroups(...call.workgroups);
    pass.end();
  });
  encoder.copyBufferToBuffer(result, 0, staging, 0, resultBytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_READ);
  const bytes = staging.getMappedRange().slice(0);
  for (const each of made) each.destroy();
  return bytes;
}
