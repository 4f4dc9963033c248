// Owns concatenation along channels on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function concatChannelsReference(inputs, output) {
    let end = 0;
    for (const input of inputs) {
        output.data.set(input.data, end);
        end += input.data.length;
    }
    return output;
}
