import type { Graph } from "../graph/graph.js";
export type Architecture = "rrdbnet" | "rrdn" | "compact";
export interface Network {
    readonly architecture: Architecture;
    /** Output pixels for each input pixel along an axis. */
    readonly scale: number;
    /** RRDB blocks, or the inner convolutions of a compact network. */
    readonly blocks: number;
    /** Channels of a picture as the network takes it, and gives it. */
    readonly inputChannels: 1 | 3;
    readonly outputChannels: 1 | 3;
    /** Width and height of the input must be multiples of this. */
    readonly multiple: number;
    readonly graph: Graph;
}
