// Owns what a detected network is: the facts of its architecture and its graph.

import type { Graph } from "../graph/graph.js";
import type { Architecture } from "./detect.js";

export interface Network {
  readonly architecture: Architecture;
  /** Output pixels for each input pixel along an axis. */
  readonly scale: number;
  /** RRDB blocks, or the inner convolutions of a network without any. */
  readonly blocks: number;
  /** Channels of a picture as the network takes it, and gives it. */
  readonly inputChannels: 1 | 3;
  readonly outputChannels: 1 | 3;
  /** Width and height of the input must be multiples of this. */
  readonly multiple: number;
  readonly graph: Graph;
}

/** A network for red, green and blue of any width and height. */
export function colorNetwork(about: Pick<Network, "architecture" | "scale" | "blocks" | "graph">): Network {
  return { ...about, inputChannels: 3, outputChannels: 3, multiple: 1 };
}
