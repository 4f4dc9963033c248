// Owns depth-to-space: the shape rule, and the order of channels that it shares with pixel-unshuffle.
import { badInputs, requireOneInput, requirePositiveInteger } from "./checks.js";
import { pixelShuffleReference } from "./pixel-shuffle.reference.js";
import { tensor } from "./tensor.js";
const NAME = "pixel-shuffle";
/**
 * Moves channels into blocks of factor x factor pixels: [C*r*r,H,W] -> [C,H*r,W*r].
 * Matches torch.nn.functional.pixel_shuffle, or tf.nn.depth_to_space in the order "tensorflow".
 * @throws EsrganError "bad-input" if the channels are no multiple of factor * factor
 */
export const pixelShuffle = {
    name: NAME,
    outputShape,
    flops: () => 0,
    reference(inputs, attributes) {
        return pixelShuffleReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
    },
};
function outputShape(inputs, { factor }) {
    const { channels, height, width } = requireOneInput(NAME, inputs);
    requirePositiveInteger(NAME, "factor", factor);
    const block = factor * factor;
    if (channels % block !== 0)
        throw badInputs(NAME, inputs, `channels in a multiple of ${block} for factor ${factor}`);
    return { channels: channels / block, height: height * factor, width: width * factor };
}
