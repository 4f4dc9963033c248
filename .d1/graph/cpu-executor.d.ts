import { type Tensor } from "../ops/tensor.js";
import { type Graph } from "./graph.js";
export interface CpuRunOptions {
    /** Called after each node with the work done and in total, in FLOPs. */
    readonly onProgress?: (done: number, total: number) => void;
}
/**
 * Runs `graph` on `input` `[C,H,W]` and returns its output. A value is let go after its last use.
 * @throws EsrganError "bad-input" where the input's channels are not the graph's
 */
export declare function runOnCpu(graph: Graph, input: Tensor, options?: CpuRunOptions): Tensor;
