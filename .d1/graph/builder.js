// Owns the way models are written down: one call an operation, checked as it is made. A list of inputs is a dense
// concatenation.
import { EsrganError } from "../errors.js";
import { requireTensor } from "../weights/tensor-map.js";
import { checkInputs, validate } from "./validate.js";
const NO_ACTIVATION = { kind: "none" };
export class GraphBuilder {
    weights;
    #values = [];
    #nodes = [];
    /** Weights are taken from `weights` by the name of the convolution. */
    constructor(weights) {
        this.weights = weights;
    }
    /** The picture, `channels` of it. */
    input(channels) {
        return this.#value("input", channels, 1);
    }
    /**
     * A convolution with the tensors `name.weight` [O,I,K,K] and `name.bias` [O] (absent is allowed with `bias: false`).
     * @throws EsrganError "bad-weights" naming the tensor and the shapes
     */
    conv(name, inputs, activation = NO_ACTIVATION, options = {}) {
        const input = typeof inputs === "number" ? inputs : this.concat(`${name}.concat`, inputs);
        const { channels, scale } = this.#values[input];
        const weight = this.#convWeight(`${name}.weight`, channels);
        const [outChannels] = weight.shape;
        const bias = options.bias === false ? undefined : requireTensor(this.weights, `${name}.bias`, [outChannels]);
        return this.#node("conv2d", name, [input], { weight, bias, activation }, outChannels, scale);
    }
    /** The PReLU slopes `name.weight`, one for each of `channels`. */
    preluSlopes(name, channels) {
        return { kind: "prelu", slopes: requireTensor(this.weights, `${name}.weight`, [channels]) };
    }
    concat(name, inputs) {
        const values = inputs.map((id) => this.#values[id]);
        if (values.length === 1)
            return inputs[0];
        const channels = values.reduce((sum, value) => sum + value.channels, 0);
        return this.#node("concat-channels", name, inputs, {}, channels, values[0].scale);
    }
    /** `alpha * x + y`. */
    scaledAdd(name, x, alpha, y) {
        const { channels, scale } = this.#values[x];
        return this.#node("scaled-add", name, [x, y], { alpha }, channels, scale);
    }
    activate(name, x, activation) {
        const { channels, scale } = this.#values[x];
        if (activation.kind === "none")
            return x;
        if (activation.kind === "prelu") {
            return this.#node("prelu", name, [x], { slopes: activation.slopes }, channels, scale);
        }
        const slope = activation.kind === "relu" ? 0 : activation.slope;
        return this.#node("leaky-relu", name, [x], { slope }, channels, scale);
    }
    pixelShuffle(name, x, factor, order = "pytorch") {
        const { channels, scale } = this.#values[x];
        return this.#node("pixel-shuffle", name, [x], { factor, order }, channels / factor ** 2, scale * factor);
    }
    pixelUnshuffle(name, x, factor, order = "pytorch") {
        const { channels, scale } = this.#values[x];
        return this.#node("pixel-unshuffle", name, [x], { factor, order }, channels * factor ** 2, scale / factor);
    }
    upsampleNearest(name, x, factor) {
        const { channels, scale } = this.#values[x];
        return this.#node("upsample-nearest", name, [x], { factor }, channels, scale * factor);
    }
    resize(name, x, attributes) {
        return this.#node("resize", name, [x], attributes, this.#values[x].channels, Number.NaN);
    }
    /** The finished, validated graph. */
    build(output) {
        const graph = { values: this.#values, nodes: this.#nodes, input: 0, output };
        validate(graph);
        return graph;
    }
    #convWeight(name, inChannels) {
        const found = this.weights.tensors.get(name);
        const wanted = `expected [O,${inChannels},K,K] with an odd K`;
        if (!found)
            throw new EsrganError("bad-weights", `Tensor ${name} is missing, ${wanted}`);
        const [outChannels = 0, , kernel = 0] = found.shape;
        if (found.shape.length !== 4 || kernel % 2 !== 1) {
            throw new EsrganError("bad-weights", `Tensor ${name} has shape [${found.shape.join(",")}], ${wanted}`);
        }
        return requireTensor(this.weights, name, [outChannels, inChannels, kernel, kernel]);
    }
    #value(name, channels, scale) {
        return this.#values.push({ name, channels, scale }) - 1;
    }
    #node(op, name, inputs, attributes, channels, scale) {
        // K ties op and attributes together, which a union of node types cannot express.
        const node = { op, name, inputs, output: this.#values.length, attributes };
        // At once, so that the message names the first node that does not fit and not one that follows from it.
        checkInputs(node, inputs.map((id) => this.#values[id]));
        this.#nodes.push(node);
        return this.#value(name, channels, scale);
    }
}
