// Owns the leaky rectifier on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function leakyReluReference(input, { slope }, output) {
    for (let i = 0; i < output.data.length; i++) {
        const x = input.data[i];
        output.data[i] = x < 0 ? slope * x : x;
    }
    return output;
}
