import { PreparedPlan } from "../gpu/executor.js";
import type { NetworkPlanner, TileForm } from "./network-planner.js";
export declare class NetworkState {
    #private;
    private readonly device;
    readonly planner: NetworkPlanner;
    constructor(device: GPUDevice, planner: NetworkPlanner);
    /** @throws EsrganError as NetworkPlanner.planTile, or "out-of-memory", "device-lost" */
    prepare(form: TileForm): Promise<PreparedPlan>;
    destroy(): void;
}
