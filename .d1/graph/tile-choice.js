// Owns how large tiles are: the least work that a memory budget and the device's limits allow. Pure arithmetic on the sizes
// of a network's buffers; how a length is cut is tile-plan.ts, what runs in a tile execution-plan.ts.
import { EsrganError } from "../errors.js";
import { plane as planeOf } from "../ops/plane.js";
import { PICTURE_HEADER_BYTES, pictureByteLength } from "../ops/small.kernels.js";
import { BLOCK_BYTES } from "../shaders/kernel.js";
import { storesPixels, tailWindows, UNIFORM_ALIGN } from "./execution-plan.js";
import { planMemory } from "./memory-plan.js";
import { windowAxis } from "./tail.js";
import { countBySize, cutAxis, measureCut, smallestTile } from "./tile-plan.js";
/** The largest sides of a tail's windows that are tried, in pixels of the trunk. */
const WINDOW_SIDES = [Number.POSITIVE_INFINITY, 512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 5];
/**
 * Chooses the tiles and windows that cost least.
 * @throws EsrganError "bad-input" where not even the smallest tile, or none of the asked size, fits the budget;
 *   "unsupported-device" where it is the device's limits that none fits
 */
export function chooseTiles(fused, request) {
    const costs = new TileCosts(fused, request);
    const axis = (length) => ({ ...request, length });
    const [across, down] = [axis(request.width), axis(request.height)];
    let best;
    const consider = (columns, rows, side) => {
        const windows = costs.fits(columns.size, rows.size, side);
        if (!windows)
            return false;
        const cost = costs.work(columns.size, rows.size, windows) * columns.count * rows.count;
        if (!best || cost < best.cost)
            best = { columns: columns.count, rows: rows.count, windows, cost };
        return true;
    };
    const { size } = request;
    const cutAcross = size === undefined ? cuts(across) : [measureCut(across, countBySize(across, size))];
    const cutDown = size === undefined ? cuts(down) : [measureCut(down, countBySize(down, size))];
    for (const side of WINDOW_SIDES) {
        for (const columns of cutAcross) {
            // As few rows of tiles as fit.
            const rows = firstThat(cutDown, (each) => costs.fits(columns.size, each.size, side) !== undefined);
            if (rows && consider(columns, rows, side) && rows.count === 1)
                break;
        }
        // Smaller windows save memory and cost work: none is needed once nothing had to be cut.
        if (best && best.columns * best.rows === 1)
            break;
    }
    if (!best)
        throw tooLarge(costs, request, across, down);
    const { overlap } = request;
    return { overlap, columns: cutAxis(across, best.columns), rows: cutAxis(down, best.rows), windows: best.windows };
}
/** Ways to cut an axis, fewest tiles first, at first each number and then ever larger steps. */
function cuts(axis) {
    const found = [];
    for (let count = 1;; count = Math.max(count + 1, Math.floor(count * 1.1))) {
        const cut = measureCut(axis, count);
        if (cut.count === found.at(-1)?.count)
            return found;
        found.push(cut);
    }
}
/** The first of `sorted` that passes, where all behind one that passes do. */
function firstThat(sorted, passes) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (passes(sorted[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    return sorted[low];
}
/** What a tile of some size takes. */
class TileCosts {
    fused;
    request;
    #slots;
    #tail;
    #resultScale;
    #trunkFlops;
    #tailFlops;
    constructor(fused, request) {
        this.fused = fused;
        this.request = request;
        // The form of the slots is the same at every size, so any will do.
        const length = 16 * request.multiple;
        const cut = tailWindows(fused, { width: length, height: length });
        const memory = planMemory(fused, length, length, {
            storesElsewhere: storesPixels(fused),
            tail: cut && { of: cut.tail, width: cut.columns.size, height: cut.rows.size },
        });
        this.#tail = cut?.tail;
        this.#slots = memory.slots.map(({ plane, blocks, isTail }) => ({
            isTail,
            scale: plane.width / (isTail ? cut.columns.size : length),
            pad: plane.pad,
            blocks,
        }));
        const { values, output } = fused.graph;
        this.#resultScale = values[output].scale;
        const flops = (isTail) => fused.nodes.reduce((sum, node) => {
            if (node.op !== "conv2d" || Boolean(cut?.tail.values.has(node.output)) !== isTail)
                return sum;
            const weights = node.weight.shape.reduce((product, n) => product * n, 1);
            return sum + weights * (values[node.output].scale / node.shuffle.factor) ** 2;
        }, 0);
        this.#trunkFlops = flops(false);
        this.#tailFlops = flops(true);
    }
    /** The windows, of at most `side`, with which a tile fits budget and limits. */
    fits(width, height, side) {
        const windows = this.#fitsUpright(width, height, side);
        return windows && this.request.turned && !this.#fitsUpright(height, width, side) ? undefined : windows;
    }
    #fitsUpright(width, height, side) {
        const { device, budget } = this.request;
        const windows = this.#windowsOf(width, height, side);
        const sizes = this.#bufferSizes(width, height, windows);
        const most = Math.min(device.maxBufferSize, device.maxStorageBufferBindingSize);
        return sizes.every((size) => size <= most) && sum(sizes) <= budget ? windows : undefined;
    }
    /** The fewest bytes that all buffers of a tile but the weights can take. */
    leastBytes(width, height) {
        const each = WINDOW_SIDES.map((side) => this.#bufferSizes(width, height, this.#windowsOf(width, height, side)));
        return Math.min(...each.map(sum));
    }
    #windowsOf(width, height, side) {
        const tail = this.#tail;
        if (!tail)
            return { columns: 1, rows: 1 };
        const count = (length) => {
            const axis = windowAxis(tail, length);
            return measureCut(axis, countBySize(axis, Math.max(side, smallestTile(axis)))).count;
        };
        return { columns: count(width), rows: count(height) };
    }
    /** Multiply-accumulates of a tile. */
    work(width, height, windows) {
        const area = this.#windowSize(width, windows.columns) * this.#windowSize(height, windows.rows);
        const tailArea = area * windows.columns * windows.rows;
        const tailScale = this.#tail?.trunkScale ?? 1;
        return width * height * this.#trunkFlops + (tailArea / tailScale ** 2) * this.#tailFlops;
    }
    /** Pixels of the trunk that a window spans. */
    #windowSize(length, count) {
        return this.#tail ? measureCut(windowAxis(this.#tail, length), count).size : length;
    }
    #bufferSizes(width, height, windows) {
        const { storage, bits, outBits } = this.request;
        const window = [this.#windowSize(width, windows.columns), this.#windowSize(height, windows.rows)];
        const slots = this.#slots.map(({ isTail, scale, pad, blocks }) => {
            const [w, h] = isTail ? window : [width, height];
            const plane = planeOf(w * scale, h * scale, pad);
            return plane.size * blocks * BLOCK_BYTES[storage];
        });
        const scale = this.#resultScale;
        const result = { width: width * scale, height: height * scale, bits: outBits };
        const out = PICTURE_HEADER_BYTES + pictureByteLength(result);
        // A kernel's planes each, at most: conversion, trunk, and the tail and its conversion for each window.
        const tailNodes = this.#tail?.values.size ?? 0;
        const kernels = 1 + this.fused.nodes.length + (tailNodes + 1) * windows.columns * windows.rows;
        return [...slots, pictureByteLength({ width, height, bits }), out, out, kernels * UNIFORM_ALIGN];
    }
}
function sum(values) {
    return values.reduce((total, value) => total + value, 0);
}
function tooLarge(costs, request, across, down) {
    const { size, budget } = request;
    const least = (axis) => measureCut(axis, countBySize(axis, size ?? smallestTile(axis))).size;
    const sides = [least(across), least(down)];
    const bytes = costs.leastBytes(...sides);
    const what = `${size === undefined ? "The smallest" : "A"} tile of ${sides[0]}x${sides[1]} pixels needs ${bytes} bytes beside the weights`;
    if (bytes > budget) {
        return new EsrganError("bad-input", `${what}, the memory budget leaves ${Math.max(budget, 0)}`);
    }
    return new EsrganError("unsupported-device", `${what}, in buffers that pass this device's limits`);
}
