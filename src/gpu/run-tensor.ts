// Owns running a graph on a tensor instead of a picture: the way in of parity tests and the benchmark.

import { fuse } from "../graph/fuse.js";
import type { Graph } from "../graph/graph.js";
import { channelBlocks, type Plane } from "../ops/plane.js";
import { type Tensor, tensor } from "../ops/tensor.js";
import { type PlanRequest, planExecution } from "../plan/execution-plan.js";
import type { Storage } from "../shaders/kernel.js";
import { floatToHalf, halvesToFloats } from "../weights/half.js";
import { createBuffers, USAGE } from "./buffers.js";
import { capabilitiesOf } from "./capabilities.js";
import { PreparedPlan } from "./executor.js";
import { WeightStore } from "./weights.js";

/** Runs `graph` on `input` `[C,H,W]` and reads its output back. Frees all it made. */
export async function runTensorOnGpu(
  device: GPUDevice,
  graph: Graph,
  input: Tensor,
  options: Partial<Pick<PlanRequest, "storage" | "chooseConv">> = {},
): Promise<Tensor> {
  const storage = options.storage ?? "f32";
  const { width, height } = input;
  const capabilities = capabilitiesOf(device);
  const io = { kind: "tensor" } as const;
  const plan = planExecution(fuse(graph), { ...options, width, height, io, storage, device: capabilities });
  const weights = new WeightStore(device);
  const prepared = await PreparedPlan.create(device, plan, weights);
  const output = plan.output!;
  const { byteLength } = output;
  const [staging] = await createBuffers(device, [
    { label: "staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst },
  ]);
  try {
    const from = plan.memory.values[graph.input]!;
    const packed = packTensor(input, from.plane, storage);
    device.queue.writeBuffer(prepared.slot(plan.input.buffer), plan.input.offset, packed);
    await prepared.run();
    const bytes = await prepared.read(prepared.slot(output.buffer), output.offset, staging!, byteLength);
    const to = plan.memory.values[graph.output]!;
    return unpackTensor(bytes, to.shape, to.plane, storage);
  } finally {
    staging?.destroy();
    prepared.destroy();
    weights.destroy();
  }
}

/** The tensor in channel blocks of `plane`, border zero. */
export function packTensor(
  from: Tensor,
  plane: Plane,
  storage: Storage,
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const length = channelBlocks(from.channels) * plane.size * 4;
  const packed = storage === "f32" ? new Float32Array(length) : new Uint16Array(length);
  const put = (index: number, at: number) => {
    const value = from.data[index]!;
    packed[at] = storage === "f32" ? value : floatToHalf(value);
  };
  forEachValue(from, plane, put);
  if (plane.edge === "replicate") forEachBorder(from, plane, put);
  return packed;
}

/** The tensor of `shape` that lies in channel blocks of `plane`. */
export function unpackTensor(bytes: ArrayBuffer, shape: Omit<Tensor, "data">, plane: Plane, storage: Storage): Tensor {
  const packed = storage === "f32" ? new Float32Array(bytes) : halvesToFloats(new Uint16Array(bytes));
  const out = tensor(shape);
  forEachValue(out, plane, (index, at) => {
    out.data[index] = packed[at]!;
  });
  return out;
}

function forEachValue(shape: Omit<Tensor, "data">, plane: Plane, visit: (index: number, at: number) => void): void {
  let index = 0;
  for (let c = 0; c < shape.channels; c++) {
    for (let y = 0; y < shape.height; y++) {
      const row = (c >> 2) * plane.size + plane.origin + y * plane.pitch;
      for (let x = 0; x < shape.width; x++) visit(index++, (row + x) * 4 + (c & 3));
    }
  }
}

/** As forEachValue, for the places of the border and the values that are replicated there. */
function forEachBorder(shape: Omit<Tensor, "data">, plane: Plane, visit: (index: number, at: number) => void): void {
  const { width, height } = shape;
  const inside = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1);
  for (let c = 0; c < shape.channels; c++) {
    for (let y = -plane.pad; y < height + plane.pad; y++) {
      for (let x = -plane.pad; x < width + plane.pad; x++) {
        if (x === inside(x, width) && y === inside(y, height)) continue;
        const index = (c * height + inside(y, height)) * width + inside(x, width);
        visit(index, ((c >> 2) * plane.size + plane.origin + y * plane.pitch + x) * 4 + (c & 3));
      }
    }
  }
}
