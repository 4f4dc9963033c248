// Owns running a graph on a tensor instead of a picture: the way in of parity tests and the benchmark.
import { planExecution } from "../graph/execution-plan.js";
import { fuse } from "../graph/fuse.js";
import { channelBlocks } from "../ops/plane.js";
import { tensor } from "../ops/tensor.js";
import { floatToHalf, halvesToFloats } from "../weights/half.js";
import { createBuffers, USAGE } from "./buffers.js";
import { capabilitiesOf } from "./capabilities.js";
import { PreparedPlan } from "./executor.js";
import { WeightStore } from "./weights.js";
/** Runs `graph` on `input` `[C,H,W]` and reads its output back. Frees all it made. */
export async function runTensorOnGpu(device, graph, input, options = {}) {
    const storage = options.storage ?? "f32";
    const { width, height } = input;
    const capabilities = capabilitiesOf(device);
    const io = { kind: "tensor" };
    const plan = planExecution(fuse(graph), { ...options, width, height, io, storage, device: capabilities });
    const weights = new WeightStore(device);
    const prepared = await PreparedPlan.create(device, plan, weights);
    const output = plan.output;
    const { byteLength } = output;
    const [staging] = await createBuffers(device, [
        { label: "staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst },
    ]);
    try {
        const from = plan.memory.values[graph.input];
        const packed = packTensor(input, from.plane, storage);
        device.queue.writeBuffer(prepared.slot(plan.input.buffer), plan.input.offset, packed);
        await prepared.run();
        const bytes = await prepared.read(prepared.slot(output.buffer), output.offset, staging, byteLength);
        const to = plan.memory.values[graph.output];
        return unpackTensor(bytes, to.shape, to.plane, storage);
    }
    finally {
        staging?.destroy();
        prepared.destroy();
        weights.destroy();
    }
}
/** The tensor in channel blocks of `plane`, border zero. */
export function packTensor(from, plane, storage) {
    const length = channelBlocks(from.channels) * plane.size * 4;
    const packed = storage === "f32" ? new Float32Array(length) : new Uint16Array(length);
    forEachValue(from, plane, (index, at) => {
        const value = from.data[index];
        packed[at] = storage === "f32" ? value : floatToHalf(value);
    });
    return packed;
}
/** The tensor of `shape` that lies in channel blocks of `plane`. */
export function unpackTensor(bytes, shape, plane, storage) {
    const packed = storage === "f32" ? new Float32Array(bytes) : halvesToFloats(new Uint16Array(bytes));
    const out = tensor(shape);
    forEachValue(out, plane, (index, at) => {
        out.data[index] = packed[at];
    });
    return out;
}
function forEachValue(shape, plane, visit) {
    let index = 0;
    for (let c = 0; c < shape.channels; c++) {
        for (let y = 0; y < shape.height; y++) {
            const row = (c >> 2) * plane.size + plane.origin + y * plane.pitch;
            for (let x = 0; x < shape.width; x++)
                visit(index++, (row + x) * 4 + (c & 3));
        }
    }
}
