// Owns the named weight tensors of a model, whatever file they came from.
import { EsrganError } from "../errors.js";
import { halvesToFloats } from "./half.js";
/** A weight tensor: `data` in row-major order, as stored: Float32Array, or Uint16Array of half-precision bits. */
export class WeightTensor {
    name;
    shape;
    data;
    constructor(name, shape, data) {
        this.name = name;
        this.shape = shape;
        this.data = data;
    }
    get dtype() {
        return this.data instanceof Float32Array ? "f32" : "f16";
    }
    floats() {
        return this.data instanceof Float32Array ? this.data : halvesToFloats(this.data);
    }
    halves() {
        return this.data instanceof Uint16Array ? this.data : undefined;
    }
}
/**
 * Gets a tensor by name and checks its shape.
 * @throws EsrganError "bad-weights" naming the tensor, its shape and the shape wanted
 */
export function requireTensor(map, name, shape) {
    const found = map.tensors.get(name);
    if (!found)
        throw new EsrganError("bad-weights", `Tensor ${name} is missing, expected [${shape.join(",")}]`);
    if (found.shape.length !== shape.length || found.shape.some((n, i) => n !== shape[i])) {
        throw new EsrganError("bad-weights", `Tensor ${name} has shape [${found.shape.join(",")}], expected [${shape.join(",")}]`);
    }
    return found;
}
