// Owns what pictures were enlarged with before networks, as models like any other: nearest neighbour, bilinear, and bicubic as MATLAB's
// imresize has it, by which the field measures itself.

import { GraphBuilder } from "../graph/builder.js";
import type { Model } from "./model.js";
import { colorNetwork, type Network } from "./network.js";

/** Each by its name, and what it is for. */
export const INTERPOLATIONS = {
  nearest: { summary: "each pixel a square" },
  bilinear: { summary: "soft" },
  bicubic: { summary: "as MATLAB's imresize, what the field measures itself by" },
} as const;

export type Interpolation = keyof typeof INTERPOLATIONS;

const DEFAULT_SCALE = 4;

/** The model of that name: `bicubic`, which is 4 times, or `bicubic-x2` to `bicubic-x8`; undefined where it is none of these. */
export function interpolationModel(name: string): Model | undefined {
  const [, kind, scale = DEFAULT_SCALE] = /^(nearest|bilinear|bicubic)(?:-x([2-8]))?$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  return { name, network: interpolation(kind as Interpolation, Number(scale)), byteLength: 0, metadata: {} };
}

function interpolation(kind: Interpolation, scale: number): Network {
  const b = new GraphBuilder({ tensors: new Map(), metadata: {} });
  const picture = b.input(3);
  const mode = kind === "bilinear" ? "bilinear" : "imresize";
  const out =
    kind === "nearest"
      ? b.upsampleNearest("enlarged", picture, scale)
      : b.resize("enlarged", picture, { mode, antialias: false, factor: scale });
  return colorNetwork({ architecture: "interpolation", scale, blocks: 0, graph: b.build(out) });
}
