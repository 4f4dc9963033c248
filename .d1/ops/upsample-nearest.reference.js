// Owns nearest-neighbour upsampling on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function upsampleNearestReference(input, attributes, output) {
    const { factor } = attributes;
    const { channels, height, width } = output;
    for (let c = 0; c < channels; c++) {
        for (let y = 0; y < height; y++) {
            const from = (c * input.height + Math.floor(y / factor)) * input.width;
            const to = (c * height + y) * width;
            for (let x = 0; x < width; x++)
                output.data[to + x] = input.data[from + Math.floor(x / factor)];
        }
    }
    return output;
}
