// Owns the convolution: its shape rule and cost. Concatenated or upsampled inputs and residuals are not here: see graph/fuse.ts.
import { requireActivation } from "./activation.js";
import { badParameter, requireOneInput, requireParameter } from "./checks.js";
import { conv2dReference } from "./conv2d.reference.js";
import { tensor } from "./tensor.js";
const NAME = "conv2d";
/**
 * Convolves with stride 1 and zero padding that keeps the size, adds the bias, applies the activation: [I,H,W] -> [O,H,W].
 * Matches torch.nn.functional.conv2d(padding="same"); its cost leaves out the bias and the activation.
 * @throws EsrganError "bad-input" if a parameter's shape does not fit the input, naming both
 */
export const conv2d = {
    name: NAME,
    outputShape,
    flops(inputs, attributes) {
        const { channels, height, width } = outputShape(inputs, attributes);
        const [, inChannels, kernel] = attributes.weight.shape;
        return 2 * channels * height * width * inChannels * kernel * kernel;
    },
    reference(inputs, attributes) {
        return conv2dReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
    },
};
function outputShape(inputs, { weight, bias, activation }) {
    const { channels, height, width } = requireOneInput(NAME, inputs);
    const [outChannels = 0, inChannels, kernel = 0, kernelWidth] = weight.shape;
    const fits = weight.shape.length === 4 && outChannels > 0 && inChannels === channels;
    if (!fits || kernel % 2 !== 1 || kernel !== kernelWidth) {
        throw badParameter(NAME, weight, `[O,${channels},K,K] with an odd K for the input [${channels},${height},${width}]`);
    }
    if (bias)
        requireParameter(NAME, bias, [outChannels]);
    requireActivation(NAME, activation, outChannels);
    return { channels: outChannels, height, width };
}
