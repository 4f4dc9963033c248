// Owns the scaled residual sum on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function scaledAddReference(x, y, { alpha }, output) {
    for (let i = 0; i < output.data.length; i++)
        output.data[i] = alpha * x.data[i] + y.data[i];
    return output;
}
