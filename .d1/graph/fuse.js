// Owns fusion: what a convolution can do in the same dispatch is folded into it. Purely a rewrite of the graph; where
// values live is memory-plan.ts.
/** Each is one storage buffer of the eight that every device has: sources 3, weights, bias, output, residuals 2. */
export const MAX_RESIDUALS = 2;
/** Every value a node reads. */
export function readsOf(node) {
    return node.op === "conv2d" ? [...node.inputs, ...node.residuals.map(({ value }) => value)] : [...node.inputs];
}
/** Folds activations, scaled additions, pixel shuffles, concatenations and nearest upsampling into convolutions. */
export function fuse(graph) {
    const producers = new Map();
    const uses = new Map();
    for (const node of graph.nodes) {
        producers.set(node.output, node);
        for (const id of node.inputs)
            uses.set(id, [...(uses.get(id) ?? []), node]);
    }
    const absorbed = new Set();
    // A convolution runs where the last node folded into it stood: all it reads exists by then.
    const placed = new Map();
    for (const node of graph.nodes) {
        if (absorbed.has(node))
            continue;
        if (node.op !== "conv2d") {
            placed.set(node, node);
            continue;
        }
        let conv = startConv(node, producers);
        let last = node;
        for (;;) {
            const next = onlyUse(conv.output, uses, graph);
            const folded = next && !absorbed.has(next) && fold(conv, next, producers);
            if (!folded)
                break;
            if (last !== node)
                absorbed.add(last);
            conv = folded;
            last = next;
        }
        if (last !== node)
            absorbed.add(last);
        placed.set(last, conv);
    }
    return {
        graph,
        nodes: withoutDead(graph, graph.nodes.map((node) => placed.get(node)).filter((node) => node !== undefined)),
    };
}
function startConv(node, producers) {
    let source = node.inputs[0];
    let upsample = 1;
    const producer = producers.get(source);
    if (producer?.op === "upsample-nearest") {
        upsample = producer.attributes.factor;
        source = producer.inputs[0];
    }
    return {
        ...node.attributes,
        bias: node.attributes.bias,
        op: "conv2d",
        name: node.name,
        inputs: flatten(source, producers),
        output: node.output,
        upsample,
        alpha: 1,
        residuals: [],
        shuffle: { factor: 1, order: "pytorch" },
    };
}
function flatten(value, producers) {
    const producer = producers.get(value);
    return producer?.op === "concat-channels" ? producer.inputs.flatMap((id) => flatten(id, producers)) : [value];
}
function onlyUse(value, uses, graph) {
    const found = uses.get(value) ?? [];
    return found.length === 1 && value !== graph.output ? found[0] : undefined;
}
/** `conv` with `next` done in its epilogue, or undefined where its formula has no place for it. */
function fold(conv, next, producers) {
    const plain = conv.residuals.length === 0 && conv.alpha === 1;
    switch (next.op) {
        case "leaky-relu":
        case "prelu": {
            // A shuffle moves channels, so slopes that belong to the shuffled ones no longer fit.
            if (!plain || conv.activation.kind !== "none" || conv.shuffle.factor !== 1)
                return undefined;
            const activation = next.op === "prelu"
                ? { kind: "prelu", slopes: next.attributes.slopes }
                : { kind: "leaky-relu", slope: next.attributes.slope };
            return { ...conv, activation, output: next.output };
        }
        case "pixel-shuffle":
            return plain && conv.shuffle.factor === 1
                ? { ...conv, shuffle: next.attributes, output: next.output }
                : undefined;
        case "scaled-add": {
            const [x, y] = next.inputs;
            const { alpha } = next.attributes;
            const isScaled = x === conv.output;
            if (conv.residuals.length === MAX_RESIDUALS)
                return undefined;
            const scaled = isScaled
                ? conv.residuals.map((residual) => ({ ...residual, beta: residual.beta * alpha }))
                : conv.residuals;
            const other = isScaled ? y : x;
            const upsampled = producers.get(other);
            const residual = upsampled?.op === "upsample-nearest"
                ? { value: upsampled.inputs[0], beta: isScaled ? 1 : alpha, upsample: upsampled.attributes.factor }
                : { value: other, beta: isScaled ? 1 : alpha, upsample: 1 };
            return {
                ...conv,
                alpha: isScaled ? conv.alpha * alpha : conv.alpha,
                residuals: [...scaled, residual],
                output: next.output,
            };
        }
        default:
            return undefined;
    }
}
function withoutDead(graph, nodes) {
    const live = new Set([graph.output]);
    const kept = [];
    for (const node of [...nodes].reverse()) {
        if (!live.has(node.output))
            continue;
        kept.push(node);
        for (const id of readsOf(node))
            live.add(id);
    }
    return kept.reverse();
}
