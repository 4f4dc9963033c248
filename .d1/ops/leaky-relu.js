// Owns the leaky rectifier as an operation of its own. As the end of a convolution it is conv2d's activation.
import { requireFinite, requireOneInput } from "./checks.js";
import { leakyReluReference } from "./leaky-relu.reference.js";
import { elementCount, tensor } from "./tensor.js";
const NAME = "leaky-relu";
/**
 * Multiplies negative values by the slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.leaky_relu.
 * @throws EsrganError "bad-input" if the slope is not finite
 */
export const leakyRelu = {
    name: NAME,
    outputShape,
    flops: (inputs, attributes) => elementCount(outputShape(inputs, attributes)),
    reference(inputs, attributes) {
        return leakyReluReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
    },
};
function outputShape(inputs, { slope }) {
    const { channels, height, width } = requireOneInput(NAME, inputs);
    requireFinite(NAME, "slope", slope);
    return { channels, height, width };
}
