// Owns the rectifier with one slope a channel on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function preluReference(input, attributes, output) {
    const slopes = attributes.slopes.floats();
    const pixels = input.height * input.width;
    for (let i = 0; i < output.data.length; i++) {
        const x = input.data[i];
        output.data[i] = x < 0 ? slopes[Math.floor(i / pixels)] * x : x;
    }
    return output;
}
