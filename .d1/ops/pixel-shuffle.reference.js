// Owns depth-to-space on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function pixelShuffleReference(input, attributes, output) {
    const { factor, order } = attributes;
    const { channels, height, width } = output;
    for (let c = 0; c < channels; c++) {
        for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
                const place = (y % factor) * factor + (x % factor);
                const deep = order === "pytorch" ? c * factor * factor + place : place * channels + c;
                const from = (deep * input.height + Math.floor(y / factor)) * input.width + Math.floor(x / factor);
                output.data[(c * height + y) * width + x] = input.data[from];
            }
        }
    }
    return output;
}
