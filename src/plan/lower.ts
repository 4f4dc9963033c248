// Owns the step from a placed network to calls of kernels: each node in order, the tail once for each of its windows.

import { EsrganError } from "../errors.js";
import type { FusedConv, FusedNode } from "../graph/fuse.js";
import type { ValueId } from "../graph/graph.js";
import { convKernels } from "../ops/conv2d.kernels.js";
import { type KernelCall, type KernelTensor, PLANE_NAMES, withOrigin, withWindow } from "../ops/kernel.js";
import { imageToTensorKernel, type SourceForm, tensorToImageKernel } from "../ops/picture.kernels.js";
import {
  activateKernel,
  concatKernels,
  pixelShuffleKernel,
  pixelUnshuffleKernel,
  preluKernel,
  resizeKernel,
  type SmallSpec,
  scaledAddKernel,
  upsampleNearestKernel,
} from "../ops/small.kernels.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import type { PlacedCall, PlaneOwner } from "./bind.js";
import type { PlannedValue } from "./memory-plan.js";
import { isInTail, type PlacedNetwork, rangeOfValue, storesPixels, tensorOf, type Window } from "./place.js";
import {
  convFlops,
  formOf,
  type KernelChoice,
  type PlannedConv,
  packedConv,
  planConvs,
  type StoredPicture,
} from "./plan-convs.js";

/** The picture at both ends of a network. */
export interface PictureEnds {
  readonly source: SourceForm;
  readonly store: StoredPicture;
}

/** The calls of a network in order; with `ends`, from a region of a picture to its result as pixels. */
export function* lowerNetwork(
  placed: PlacedNetwork,
  choice: KernelChoice,
  ends: PictureEnds | undefined,
): WorkInPieces<PlacedCall[]> {
  const convs = yield* planConvs(placed, choice, ends?.store);
  const { input, output } = placed.fused.graph;
  const calls: PlacedCall[] = [];
  for (const node of placed.memory.nodes) {
    calls.push(...lowerNode(placed, node, convs));
    yield;
  }
  if (!ends) return calls;
  const isOfTail = ({ planes }: PlacedCall) =>
    planes.dst === "picture" || (planes.dst !== undefined && isInTail(placed, planes.dst));
  const stores = storesPixels(placed.fused) ? [] : [storeCall(placed, output, ends.store)];
  const windowed = [...calls.filter(isOfTail), ...stores];
  const lowered = [loadCall(placed, input, ends.source), ...calls.filter((call) => !isOfTail(call))];
  for (const window of placed.windows) {
    lowered.push(...windowed.map((call) => inWindow(placed, call, window)));
    yield;
  }
  return lowered;
}

function lowerNode(placed: PlacedNetwork, node: FusedNode, convs: ReadonlyMap<FusedConv, PlannedConv>): PlacedCall[] {
  if (node.op === "conv2d") return lowerConv(placed, node, convs.get(node)!);
  const output = placed.memory.values[node.output]!;
  requireZeroEdge(output);
  const spec: SmallSpec = {
    storage: placed.storage,
    inputs: node.inputs.map((id) => tensorOf(placed, id, node.output)),
    output: { plane: output.plane, channels: output.shape.channels },
  };
  return smallKernels(node, spec).map((call, index) => {
    // A concatenation is a call an input, whose plane is that input's.
    const planeInputs = node.op === "concat-channels" ? [node.inputs[index]!] : node.inputs;
    return {
      node: node.name,
      op: node.op,
      call,
      reads: node.inputs.map((id) => rangeOfValue(placed, id)),
      writes: rangeOfValue(placed, node.output),
      planes: namePlanes([node.output, ...planeInputs]),
      flops: 0,
    };
  });
}

function lowerConv(placed: PlacedNetwork, conv: FusedConv, planned: PlannedConv): PlacedCall[] {
  const { variant, spec, reads, writes, operandCapacity } = planned;
  const constants = packedConv(placed, conv, planned);
  const calls = convKernels(variant, spec, placed.storage, constants, operandCapacity);
  return calls.map((call) => ({
    node: conv.name,
    op: "conv2d",
    call,
    reads,
    writes,
    planes: namePlanes([
      spec.picture ? "picture" : conv.output,
      conv.inputs[0]!,
      ...conv.residuals.map(({ value }) => value),
    ]),
    flops: convFlops(placed, conv) / calls.length,
    conv: { variant, form: formOf(conv), storage: placed.storage },
  }));
}

function namePlanes(owners: readonly PlaneOwner[]): PlacedCall["planes"] {
  return Object.fromEntries(owners.map((owner, index) => [PLANE_NAMES[index]!, owner]));
}

function loadCall(placed: PlacedNetwork, input: ValueId, source: SourceForm): PlacedCall {
  const { plane, shape } = requireZeroEdge(placed.memory.values[input]!);
  return {
    node: "input",
    op: "image-to-tensor",
    call: imageToTensorKernel(source, { plane, channels: shape.channels }, placed.storage),
    reads: [],
    writes: rangeOfValue(placed, input),
    planes: { dst: input },
    flops: 0,
  };
}

/** Only convolutions write a border that replicates the edge. */
function requireZeroEdge(value: PlannedValue): PlannedValue {
  if (value.plane.edge === "zeros") return value;
  throw new EsrganError("internal", `${value.name} is to have its edge replicated, but no convolution makes it`);
}

function storeCall(placed: PlacedNetwork, output: ValueId, store: StoredPicture): PlacedCall {
  const { plane, shape } = placed.memory.values[output]!;
  const tensor: KernelTensor = { plane, channels: shape.channels, access: "read" };
  return {
    node: "output",
    op: "tensor-to-image",
    call: tensorToImageKernel(tensor, placed.result.width, store, placed.storage),
    reads: [rangeOfValue(placed, output)],
    writes: undefined,
    planes: { dst: "picture", src: output },
    flops: 0,
  };
}

/** The call for one window: what it reads of the trunk starts there, and so do the pixels it stores. */
function inWindow(placed: PlacedNetwork, placedCall: PlacedCall, { x, y, kept }: Window): PlacedCall {
  const { memory, tail, result } = placed;
  let words = placedCall.call.planes;
  for (const name of PLANE_NAMES) {
    const owner = placedCall.planes[name];
    if (owner === undefined) continue;
    if (owner === "picture") {
      const scale = tail?.scale ?? 1;
      words = withWindow(withOrigin(words, name, (y * result.width + x) * scale), kept);
    } else if (name !== "dst" && !isInTail(placed, owner)) {
      const { plane, margin } = memory.values[owner]!;
      // By their planes, as copies that the planner put in are no values of the graph.
      const ratio = (plane.width - 2 * margin) / (result.width / (tail?.scale ?? 1));
      words = withOrigin(words, name, (y * plane.pitch + x) * ratio);
    }
  }
  return { ...placedCall, call: { ...placedCall.call, planes: words } };
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
      return [pixelShuffleKernel(spec, node.attributes)];
    case "pixel-unshuffle":
      return [pixelUnshuffleKernel(spec, node.attributes)];
    case "upsample-nearest":
      return [upsampleNearestKernel(spec, node.attributes.factor)];
    case "resize":
      return [resizeKernel(spec, node.attributes, node.name)];
  }
}
