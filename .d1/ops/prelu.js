// Owns the rectifier with one slope a channel as an operation of its own. As the end of a convolution it is conv2d's activation.
import { requireOneInput, requireParameter } from "./checks.js";
import { preluReference } from "./prelu.reference.js";
import { elementCount, tensor } from "./tensor.js";
const NAME = "prelu";
/**
 * Multiplies negative values by their channel's slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.prelu.
 * @throws EsrganError "bad-input" if there is not one slope a channel
 */
export const prelu = {
    name: NAME,
    outputShape,
    flops: (inputs, attributes) => elementCount(outputShape(inputs, attributes)),
    reference(inputs, attributes) {
        return preluReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
    },
};
function outputShape(inputs, { slopes }) {
    const { channels, height, width } = requireOneInput(NAME, inputs);
    requireParameter(NAME, slopes, [channels]);
    return { channels, height, width };
}
