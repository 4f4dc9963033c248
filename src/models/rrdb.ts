// The residual-in-residual dense block that ESRGAN and RRDN share.

import { EsrganError } from "../errors.js";
import type { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Activation } from "../ops/op.js";
import { printableName } from "../weights/printable-name.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { countFrom, stated } from "./inspect.js";

const RESIDUAL_SCALE = 0.2; // ESRGAN paper, section 3.1: the value its networks were trained with

/** The extent of a trunk, counted from tensor names; every block is taken to be like the first. */
export interface Trunk {
  readonly blocks: number;
  /** Dense blocks in each RRDB, and convolutions in each of those. */
  readonly denseBlocks: number;
  readonly convs: number;
  /** ESRGAN+: a 1x1 convolution from each dense block's input to its second growth. */
  readonly plus: boolean;
  /** The names of all convolutions with a bias. */
  readonly names: readonly string[];
  /** Tensors beside those: the weights of ESRGAN+'s 1x1 convolutions. */
  readonly extraTensors: readonly string[];
}

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  relu: { kind: "relu" },
  "leaky-relu": { kind: "leaky-relu", slope: 0.2 },
};

/** The activation that the metadata states. @throws EsrganError "bad-weights" if there is none of that name */
export function trunkActivation(map: TensorMap, usual: "relu" | "leaky-relu"): Activation {
  const said = stated(map, "activation") ?? usual;
  const activation = Object.hasOwn(ACTIVATIONS, said) ? ACTIVATIONS[said] : undefined;
  if (activation) return activation;
  throw new EsrganError(
    "bad-weights",
    `The metadata says activation = "${printableName(said)}", expected ${Object.keys(ACTIVATIONS).join(" or ")}`,
  );
}

export function trunkOf(map: TensorMap): Trunk {
  const blocks = countFrom(map, 0, (n) => `body.${n}.rdb1.conv1.weight`);
  const denseBlocks = countFrom(map, 1, (k) => `body.0.rdb${k}.conv1.weight`);
  const convs = countFrom(map, 1, (j) => `body.0.rdb1.conv${j}.weight`);
  const plus = map.tensors.has("body.0.rdb1.conv1x1.weight") && convs > 2;
  const names: string[] = [];
  const extraTensors: string[] = [];
  for (let n = 0; n < blocks; n++) {
    for (let k = 1; k <= denseBlocks; k++) {
      for (let j = 1; j <= convs; j++) names.push(`body.${n}.rdb${k}.conv${j}`);
      if (plus) extraTensors.push(`body.${n}.rdb${k}.conv1x1.weight`);
    }
  }
  return { blocks, denseBlocks, convs, plus, names, extraTensors };
}

/** `RDB_n(...RDB_1(x)) * 0.2 + x` */
export function rrdb(b: GraphBuilder, id: string, x: ValueId, trunk: Trunk, activation: Activation): ValueId {
  let y = x;
  for (let k = 1; k <= trunk.denseBlocks; k++) y = denseBlock(b, `${id}.rdb${k}`, y, trunk, activation);
  return b.scaledAdd(`${id}.residual`, y, RESIDUAL_SCALE, x);
}

/** Each convolution sees the block's input and all growth before it; the last one has no activation. */
function denseBlock(b: GraphBuilder, id: string, x: ValueId, trunk: Trunk, activation: Activation): ValueId {
  const growth: ValueId[] = [];
  for (let j = 1; j < trunk.convs; j++) {
    let g = b.conv(`${id}.conv${j}`, [x, ...growth], activation);
    if (trunk.plus && j === 2) {
      g = b.scaledAdd(`${id}.plus2`, b.conv(`${id}.conv1x1`, x, undefined, { bias: false }), 1, g);
    }
    if (trunk.plus && j === 4) g = b.scaledAdd(`${id}.plus4`, g, 1, growth[1]!);
    growth.push(g);
  }
  return b.scaledAdd(`${id}.residual`, b.conv(`${id}.conv${trunk.convs}`, [x, ...growth]), RESIDUAL_SCALE, x);
}
