// Owns where values live: lifetimes, slots, and concatenation by placement. Pure; buffers are made by gpu/.
//
// A slot is one GPU buffer of channel blocks of one plane. Its border is zero when made and no kernel writes outside the
// picture, so a slot serves only values of that same plane: that keeps the border zero for as long as the slot lives.
// The tail's values and the trunk's never share a slot, since the tail may run many times, on one window after another.
import { EsrganError } from "../errors.js";
import { convReach, MAX_SOURCES } from "../ops/conv2d.kernels.js";
import { channelBlocks, plane } from "../ops/plane.js";
import { readsOf } from "./fuse.js";
import { inferShapes } from "./graph.js";
/** Plans the memory of `fused` for an input of `width` x `height` pixels. */
export function planMemory(fused, width, height, { tail, storesElsewhere = false } = {}) {
    const { graph } = fused;
    const shapes = inferShapes(graph, width, height);
    if (tail) {
        const { trunkScale, values } = tail.of;
        const windowed = inferShapes(graph, tail.width / trunkScale, tail.height / trunkScale);
        for (const id of values)
            shapes[id] = windowed[id];
    }
    const names = graph.values.map((value) => value.name);
    const groups = groupConcatenations(fused);
    const copied = withCopies(fused.nodes, groups, shapes, names);
    const tailValues = new Set(tail?.of.values);
    for (const node of copied)
        if (readsOf(node).every((id) => tailValues.has(id)))
            tailValues.add(node.output);
    // A copy of the trunk's values that only the tail needs is made with the trunk, before any window.
    const isTail = (node) => tailValues.has(node.output);
    const nodes = [...copied.filter((node) => !isTail(node)), ...copied.filter(isTail)];
    const values = withPlanes(nodes, shapes, names, tailValues);
    const kept = storesElsewhere ? undefined : graph.output;
    return { values, nodes, ...assignSlots(values, nodes, groups, graph.input, kept) };
}
/**
 * Finds the values to lie side by side. The first input of a concatenation stays apart: in a dense block it is the block's
 * input, which others use beyond the block. Longest lists first, since the shorter ones are mostly their beginnings.
 */
function groupConcatenations({ nodes, graph }) {
    const groups = new Map();
    const producers = new Map(nodes.map((node) => [node.output, node]));
    const lists = nodes.filter((node) => node.op === "conv2d" && node.inputs.length > 2);
    for (const { inputs } of [...lists].sort((a, b) => b.inputs.length - a.inputs.length)) {
        const tail = inputs.slice(1).filter((id) => id !== graph.input && !readsTwice(producers.get(id), inputs));
        const fresh = tail.every((id) => !groups.has(id)) && new Set(tail).size === tail.length;
        if (fresh && tail.length > 1)
            for (const id of tail)
                groups.set(id, tail);
    }
    return groups;
}
/**
 * Whether a node reads one of `values` by two bindings. Placed beside it, its output would make both writable, and writable
 * bindings may not overlap.
 */
function readsTwice(node, values) {
    const reads = readsOf(node).filter((id) => values.includes(id));
    return new Set(reads).size !== reads.length;
}
/** The inputs of a convolution as runs of values that lie side by side. */
export function sourceRuns(inputs, groups) {
    const runs = [];
    for (const id of inputs) {
        const run = runs.at(-1);
        const group = groups.get(id);
        const follows = run && group && group.indexOf(run.at(-1)) === group.indexOf(id) - 1 && group.includes(run.at(-1));
        if (follows)
            run.push(id);
        else
            runs.push([id]);
    }
    return runs;
}
function withCopies(nodes, groups, shapes, names) {
    return nodes.flatMap((node) => {
        if (node.op !== "conv2d" || sourceRuns(node.inputs, groups).length <= MAX_SOURCES)
            return [node];
        const channels = node.inputs.reduce((sum, id) => sum + shapes[id].channels, 0);
        const copy = shapes.push({ ...shapes[node.inputs[0]], channels }) - 1;
        names[copy] = `${node.name}.copy`;
        return [
            { op: "concat-channels", name: `${node.name}.copy`, inputs: node.inputs, output: copy, attributes: {} },
            { ...node, inputs: [copy] },
        ];
    });
}
/** Planes whose border is as wide as the widest consumer's reach, the same for all values of a size. */
function withPlanes(nodes, shapes, names, tailValues) {
    const reach = new Map();
    const size = ({ width, height }) => `${width}x${height}`;
    for (const node of nodes) {
        if (node.op !== "conv2d")
            continue;
        const key = size(shapes[node.inputs[0]]);
        reach.set(key, Math.max(reach.get(key) ?? 0, convReach(node.weight.shape[2], node.upsample)));
    }
    return shapes.map((shape, id) => ({
        name: names[id],
        shape,
        plane: plane(shape.width, shape.height, reach.get(size(shape)) ?? 0),
        isTail: tailValues.has(id),
    }));
}
/** Gives each group of values, in order of first use, the smallest free slot of its plane, or a new one. */
function assignSlots(values, nodes, groups, input, output) {
    const lastUse = new Map();
    if (output !== undefined)
        lastUse.set(output, nodes.length);
    nodes.forEach((node, index) => {
        for (const id of readsOf(node))
            lastUse.set(id, Math.max(lastUse.get(id) ?? 0, index));
    });
    const members = (id) => groups.get(id) ?? [id];
    const blocksOf = (id) => channelBlocks(values[id].shape.channels);
    const slots = [];
    const placements = new Map();
    const place = (id, index) => {
        if (placements.has(id))
            return;
        const group = members(id);
        const blocks = group.reduce((sum, member) => sum + blocksOf(member), 0);
        const { plane, isTail } = values[id];
        const free = slots
            .map((slot, at) => ({ ...slot, at }))
            .filter((slot) => slot.isTail === isTail && slot.freeFrom < index)
            .filter((slot) => samePlane(slot.plane, plane) && slot.blocks >= blocks)
            .sort((a, b) => a.blocks - b.blocks)[0];
        const slot = free?.at ?? slots.push({ plane, blocks, isTail, freeFrom: -1 }) - 1;
        slots[slot].freeFrom = Math.max(...group.map((member) => lastUse.get(member) ?? index));
        let firstBlock = 0;
        for (const member of group) {
            placements.set(member, { slot, firstBlock, blocks: blocksOf(member) });
            firstBlock += blocksOf(member);
        }
    };
    place(input, -1);
    nodes.forEach((node, index) => {
        for (const id of readsOf(node)) {
            if (!placements.has(id))
                throw new EsrganError("internal", `${node.name} reads ${values[id].name} before it is made`);
        }
        if (output !== undefined || index < nodes.length - 1)
            place(node.output, index);
    });
    return { placements, slots: slots.map(({ plane, blocks, isTail }) => ({ plane, blocks, isTail })) };
}
function samePlane(a, b) {
    return a.width === b.width && a.height === b.height && a.pad === b.pad;
}
