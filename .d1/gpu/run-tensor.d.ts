import { type PlanRequest } from "../graph/execution-plan.js";
import type { Graph } from "../graph/graph.js";
import { type Plane } from "../ops/plane.js";
import { type Tensor } from "../ops/tensor.js";
import type { Storage } from "../shaders/kernel.js";
/** Runs `graph` on `input` `[C,H,W]` and reads its output back. Frees all it made. */
export declare function runTensorOnGpu(device: GPUDevice, graph: Graph, input: Tensor, options?: Partial<Pick<PlanRequest, "storage" | "chooseConv">>): Promise<Tensor>;
/** The tensor in channel blocks of `plane`, border zero. */
export declare function packTensor(from: Tensor, plane: Plane, storage: Storage): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
/** The tensor of `shape` that lies in channel blocks of `plane`. */
export declare function unpackTensor(bytes: ArrayBuffer, shape: Omit<Tensor, "data">, plane: Plane, storage: Storage): Tensor;
