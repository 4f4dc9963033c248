// Owns the graph: values and nodes in topological order, one node an operation, as the paper writes it. One graph serves
// every picture size; shapes appear when a size is given. How it runs is not here.
import { EsrganError } from "../errors.js";
import { concatChannels } from "../ops/concat-channels.js";
import { conv2d } from "../ops/conv2d.js";
import { leakyRelu } from "../ops/leaky-relu.js";
import { pixelShuffle } from "../ops/pixel-shuffle.js";
import { pixelUnshuffle } from "../ops/pixel-unshuffle.js";
import { prelu } from "../ops/prelu.js";
import { resize } from "../ops/resize.js";
import { scaledAdd } from "../ops/scaled-add.js";
import { upsampleNearest } from "../ops/upsample-nearest.js";
/** The operations by name. */
export const OPS = {
    conv2d: conv2d,
    "leaky-relu": leakyRelu,
    prelu: prelu,
    "concat-channels": concatChannels,
    "scaled-add": scaledAdd,
    "pixel-shuffle": pixelShuffle,
    "pixel-unshuffle": pixelUnshuffle,
    "upsample-nearest": upsampleNearest,
    resize,
};
/** The operation of a node, typed loosely enough to be called with that node's attributes. */
export function opOf(node) {
    return OPS[node.op];
}
/**
 * The shape of every value for an input of `width` x `height` pixels.
 * @throws EsrganError "bad-input" naming the node and the shapes where an operation refuses its inputs
 */
export function inferShapes(graph, width, height) {
    const shapes = [];
    shapes[graph.input] = { channels: graph.values[graph.input].channels, height, width };
    for (const node of graph.nodes) {
        try {
            shapes[node.output] = opOf(node).outputShape(node.inputs.map((id) => shapes[id]), node.attributes);
        }
        catch (error) {
            if (error instanceof EsrganError)
                throw new EsrganError(error.code, `${node.name}: ${error.message}`);
            throw error;
        }
    }
    return shapes;
}
