import type { DeviceCapabilities } from "../graph/capabilities.js";
import { type ExecutionPlan } from "../graph/execution-plan.js";
import type { FusedGraph } from "../graph/fuse.js";
import { type TileChoice, type TileRequest } from "../graph/tile-choice.js";
import type { ConvForm, ConvVariant } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
/** The network as the device sees it. */
export interface PlannedNetwork {
    readonly capabilities: DeviceCapabilities;
    readonly fused: FusedGraph;
    /** Sizes that the network takes are multiples of it. */
    readonly multiple: number;
    readonly storage: Storage;
    readonly chooseConv: ((form: ConvForm) => ConvVariant | undefined) | undefined;
}
/** What decides the plan of a tile. */
export interface TileForm {
    readonly width: number;
    readonly height: number;
    readonly bits: 8 | 16;
    readonly outBits: 8 | 16;
    readonly gray: boolean;
    readonly windows: TileChoice["windows"];
}
export declare class NetworkPlanner {
    #private;
    private readonly network;
    constructor(network: PlannedNetwork);
    get storage(): Storage;
    /**
     * How to cut a picture so that tiles and weights take at most `budget` bytes.
     * @throws as chooseTiles
     */
    chooseTiles(request: Omit<TileRequest, "multiple" | "storage" | "device">): TileChoice;
    /** @throws as planExecution */
    planTile(form: TileForm): ExecutionPlan;
}
