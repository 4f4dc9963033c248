// Owns space-to-depth on the CPU.
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function pixelUnshuffleReference(input, attributes, output) {
    const { factor, order } = attributes;
    const { channels, height, width } = input;
    for (let c = 0; c < channels; c++) {
        for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
                const place = (y % factor) * factor + (x % factor);
                const deep = order === "pytorch" ? c * factor * factor + place : place * channels + c;
                const to = (deep * output.height + Math.floor(y / factor)) * output.width + Math.floor(x / factor);
                output.data[to] = input.data[(c * height + y) * width + x];
            }
        }
    }
    return output;
}
