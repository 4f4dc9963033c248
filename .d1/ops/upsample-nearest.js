// Owns nearest-neighbour upsampling by whole factors. Other sizes are not here: see resize.ts.
import { requireOneInput, requirePositiveInteger } from "./checks.js";
import { tensor } from "./tensor.js";
import { upsampleNearestReference } from "./upsample-nearest.reference.js";
const NAME = "upsample-nearest";
/**
 * Repeats each pixel `factor` times in x and y: [C,H,W] -> [C,H*factor,W*factor].
 * Matches torch.nn.functional.interpolate(mode="nearest").
 * @throws EsrganError "bad-input" if the factor is not a positive integer
 */
export const upsampleNearest = {
    name: NAME,
    outputShape,
    flops: () => 0,
    reference(inputs, attributes) {
        return upsampleNearestReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
    },
};
function outputShape(inputs, { factor }) {
    const { channels, height, width } = requireOneInput(NAME, inputs);
    requirePositiveInteger(NAME, "factor", factor);
    return { channels, height: height * factor, width: width * factor };
}
