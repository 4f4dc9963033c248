// Owns the rewrite of transposed convolutions into what GPUs have kernels for: a convolution whose output channels are the phases of the
// large picture, and a pixel shuffle. Their weights are laid anew, none is computed.

import { type ConvTranspose2dAttributes, transposedSpan } from "../ops/conv-transpose2d.js";
import type { Parameter } from "../ops/op.js";
import type { Graph, GraphNode, NodeOf, Value } from "./graph.js";

/** `graph` without transposed convolutions; its values keep their numbers, and new ones follow. */
export function withoutTransposed(graph: Graph): Graph {
  const values: Value[] = [...graph.values];
  const nodes = graph.nodes.flatMap((node): GraphNode[] =>
    node.op === "conv-transpose2d" ? lowered(node, graph, values) : [node],
  );
  return nodes.length === graph.nodes.length ? graph : { ...graph, values, nodes };
}

function lowered(node: NodeOf<"conv-transpose2d">, graph: Graph, values: Value[]): GraphNode[] {
  const { attributes, inputs, name } = node;
  const { stride, bias, padding } = attributes;
  const { lead, reach } = leastReach(attributes);
  const weight = phaseWeights(attributes, lead, reach);
  const source = graph.values[inputs[0]!]!;
  // Blocks that begin before their pixel leave the last columns to one block more.
  const grow = lead === 0 ? 0 : 1;
  const more = { name, channels: weight.shape[0]!, margin: source.margin + grow };
  const phases = values.push({ ...source, ...more }) - 1;
  return [
    {
      op: "conv2d",
      name,
      inputs,
      output: phases,
      attributes: { weight, bias: bias && repeated(bias, stride ** 2), activation: { kind: "none" }, padding, grow },
    },
    {
      op: "pixel-shuffle",
      name: `${name}.shuffle`,
      inputs: [phases],
      output: node.output,
      attributes: {
        factor: stride,
        order: "pytorch",
        ...(grow > 0 && { cut: [stride + lead, stride - lead] }),
      },
    },
  ];
}

/**
 * By how many output pixels the block of an input pixel begins before that pixel's own, so that its phases reach least far: of 9x9 with
 * stride 3, one, by which a pixel's block is made of 3x3 input pixels instead of 5x5.
 */
function leastReach(attributes: ConvTranspose2dAttributes): { lead: number; reach: number } {
  const phases = Array.from({ length: attributes.stride }, (_, phase) => phase);
  const choices = phases.map((lead) => {
    const spans = phases.flatMap((phase) => transposedSpan(attributes, phase - lead));
    return { lead, reach: Math.max(...spans.map(Math.abs)) };
  });
  return choices.reduce((best, each) => (each.reach < best.reach ? each : best));
}

/** [O*stride*stride,I,K,K]: what each phase of an output pixel takes of the input pixels around it. */
function phaseWeights(attributes: ConvTranspose2dAttributes, lead: number, reach: number): Parameter {
  const { weight, stride, offset } = attributes;
  const [inChannels, outChannels, kernel] = weight.shape as [number, number, number, number];
  const size = 2 * reach + 1;
  const shape = [outChannels * stride ** 2, inChannels, size, size];
  // The tap that a phase takes of the input pixel `by` away; there is none where it lies outside the kernel.
  const tapOf = (phase: number, by: number) => {
    const tap = phase - lead + offset - stride * by;
    return tap >= 0 && tap < kernel ? tap : undefined;
  };
  return {
    name: weight.name,
    shape,
    floats() {
      const from = weight.floats();
      const to = new Float32Array(shape.reduce((product, n) => product * n, 1));
      for (let at = 0; at < to.length; at++) {
        const [x, y] = [at % size, Math.floor(at / size) % size];
        const c = Math.floor(at / size ** 2) % inChannels;
        const deep = Math.floor(at / (size ** 2 * inChannels));
        const phase = deep % stride ** 2;
        const kx = tapOf(phase % stride, x - reach);
        const ky = tapOf(Math.floor(phase / stride), y - reach);
        if (kx === undefined || ky === undefined) continue;
        const o = Math.floor(deep / stride ** 2);
        to[at] = from[((c * outChannels + o) * kernel + ky) * kernel + kx]!;
      }
      return to;
    },
  };
}

/** Each value `count` times, one after another. */
function repeated(parameter: Parameter, count: number): Parameter {
  return {
    name: parameter.name,
    shape: [parameter.shape[0]! * count],
    floats: () =>
      Float32Array.from(parameter.floats()).reduce(
        (all, value, index) => all.fill(value, index * count, (index + 1) * count),
        new Float32Array(parameter.shape[0]! * count),
      ),
  };
}
