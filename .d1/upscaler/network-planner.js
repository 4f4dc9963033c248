// Owns the plans of one network in one storage: pure, and remembered, since pictures of one size come again and again.
import { planExecution, planWeightBytes } from "../graph/execution-plan.js";
import { chooseTiles } from "../graph/tile-choice.js";
// A plan of a large network takes megabytes; few are in use at a time.
const REMEMBERED = 4;
export class NetworkPlanner {
    network;
    #plans = new Map();
    #choices = new Map();
    #knownWeightBytes;
    constructor(network) {
        this.network = network;
    }
    get storage() {
        return this.network.storage;
    }
    /**
     * How to cut a picture so that tiles and weights take at most `budget` bytes.
     * @throws as chooseTiles
     */
    chooseTiles(request) {
        return remembered(this.#choices, JSON.stringify(request), () => {
            const { fused, multiple, capabilities, storage } = this.network;
            const budget = request.budget - this.#weightBytes;
            return chooseTiles(fused, { ...request, budget, multiple, storage, device: capabilities });
        });
    }
    /** @throws as planExecution */
    planTile(form) {
        return remembered(this.#plans, JSON.stringify(form), () => planExecution(this.network.fused, this.#request(form)));
    }
    /** The same at every size, so the smallest tells. */
    get #weightBytes() {
        const length = this.network.multiple;
        const windows = { columns: 1, rows: 1 };
        const form = { width: length, height: length, bits: 8, outBits: 8, gray: false, windows };
        this.#knownWeightBytes ??= planWeightBytes(this.network.fused, this.#request(form));
        return this.#knownWeightBytes;
    }
    #request({ width, height, bits, outBits, gray, windows }) {
        const { capabilities, storage, chooseConv } = this.network;
        return {
            width,
            height,
            windows,
            storage,
            device: capabilities,
            ...(chooseConv ? { chooseConv } : {}),
            io: { kind: "pixels", bits, outBits, gray },
        };
    }
}
/** What `known` has under this name, or what `make` gives, which stays among those used last. */
function remembered(known, name, make) {
    const found = known.get(name) ?? make();
    known.delete(name);
    known.set(name, found);
    if (known.size > REMEMBERED)
        known.delete(known.keys().next().value);
    return found;
}
