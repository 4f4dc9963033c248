import type { Graph, GraphNode, Value } from "./graph.js";
/** @throws EsrganError "bad-weights" or "internal", naming the node, the tensors and their channels and scales */
export declare function validate(graph: Graph): void;
/** @throws EsrganError as validate, where `inputs` do not fit the node or each other */
export declare function checkInputs(node: GraphNode, inputs: readonly Value[]): void;
