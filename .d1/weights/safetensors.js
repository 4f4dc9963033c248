// Owns the .safetensors format: which bytes belong to which tensor. What the tensors mean is not here: see models/.
import { EsrganError } from "../errors.js";
import { requireFiniteWeights } from "./finite.js";
import { printableName } from "./printable-name.js";
import { parseSafetensorsHeader } from "./safetensors-header.js";
import { WeightTensor } from "./tensor-map.js";
const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000; // The limit of the format's own library.
/**
 * Reads a .safetensors file. F32 and F16 are kept, BF16 and F64 become float32; where the file is laid out well the tensors are views of
 * `bytes`, which must then not change.
 * @throws EsrganError "bad-weights" if any rule of the format is broken, a dtype is not floating-point, or a value is NaN or infinite
 */
export function parseSafetensors(bytes) {
    const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    const headerLength = readHeaderLength(file);
    const { entries, metadata } = parseSafetensorsHeader(decodeHeader(file, headerLength));
    const data = file.subarray(LENGTH_BYTES + headerLength);
    requireContiguous(entries, data.length);
    const tensors = new Map();
    for (const entry of entries)
        tensors.set(entry.name, requireFiniteWeights(readTensor(entry, data)));
    return { tensors, metadata };
}
function readHeaderLength(file) {
    if (file.length < LENGTH_BYTES) {
        throw bad(`A safetensors file starts with ${LENGTH_BYTES} bytes of header length, got ${file.length} bytes`);
    }
    const view = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES);
    const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
    if (length > MAX_HEADER_BYTES) {
        throw bad(`The safetensors header says it has ${length} bytes, expected at most ${MAX_HEADER_BYTES}`);
    }
    if (length > file.length - LENGTH_BYTES) {
        throw bad(`The safetensors header says it has ${length} bytes, but only ${file.length - LENGTH_BYTES} follow`);
    }
    return length;
}
function decodeHeader(file, length) {
    const bytes = file.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    }
    catch (cause) {
        throw new EsrganError("bad-weights", `The safetensors header of ${length} bytes is not UTF-8`, { cause });
    }
}
/** Refuses holes and overlaps: a byte that belongs to no tensor, or to two, is either damage or somebody's hiding place. */
function requireContiguous(entries, dataLength) {
    let end = 0;
    for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
        if (entry.begin !== end) {
            const fault = entry.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
            throw bad(`Tensor ${printableName(entry.name)} begins at byte ${entry.begin}, expected ${end}: it ${fault}`);
        }
        end = entry.end;
    }
    if (end !== dataLength)
        throw bad(`The safetensors tensors end at byte ${end}, but the file has ${dataLength} bytes of data`);
}
function readTensor({ name, dtype, shape, begin, end }, data) {
    const size = ELEMENT_BYTES.get(dtype);
    if (!size) {
        throw bad(`Tensor ${printableName(name)} has dtype ${printableName(dtype)}, expected F32, F16, BF16 or F64`);
    }
    const count = elements(name, shape);
    if (count * size !== end - begin) {
        const what = `Tensor ${printableName(name)} of ${dtype} [${shape.join(",")}]`;
        throw bad(`${what} has ${end - begin} bytes, expected ${count * size}`);
    }
    const bytes = data.subarray(begin, end);
    // A typed array starts at a multiple of its element's size, which other writers' files need not do.
    const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
    switch (dtype) {
        case "F16":
            return new WeightTensor(name, shape, new Uint16Array(buffer, byteOffset, count));
        case "BF16":
            return new WeightTensor(name, shape, widenBrainFloats(new Uint16Array(buffer, byteOffset, count)));
        case "F64":
            return new WeightTensor(name, shape, new Float32Array(new Float64Array(buffer, byteOffset, count)));
        default:
            return new WeightTensor(name, shape, new Float32Array(buffer, byteOffset, count));
    }
}
const ELEMENT_BYTES = new Map([
    ["F16", 2],
    ["BF16", 2],
    ["F32", 4],
    ["F64", 8],
]);
function elements(name, shape) {
    let count = 1;
    for (const extent of shape) {
        count *= extent;
        if (!Number.isSafeInteger(count * 8)) {
            throw bad(`Tensor ${printableName(name)} has shape [${shape.join(",")}], which is more than can be counted`);
        }
    }
    return count;
}
/** A brain float is the upper half of a float32. */
function widenBrainFloats(halves) {
    const bits = new Uint32Array(halves.length);
    for (let i = 0; i < halves.length; i++)
        bits[i] = halves[i] << 16;
    return new Float32Array(bits.buffer);
}
function bad(message) {
    return new EsrganError("bad-weights", message);
}
