// Owns the making and freeing of buffers. Everything the library allocates on a device goes through here.
import { EsrganError } from "../errors.js";
// The values of GPUBufferUsage and GPUMapMode, which are not global everywhere (Node).
export const USAGE = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, uniform: 0x40, storage: 0x80 };
export const MAP_READ = 0x1;
/**
 * Makes all of `requests` or none.
 * @throws EsrganError "out-of-memory" with the figures, or "unsupported-device" where a size passes a limit
 */
export async function createBuffers(device, requests) {
    const total = requests.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const buffers = [];
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    let thrown;
    try {
        for (const { label, byteLength, usage } of requests) {
            buffers.push(device.createBuffer({ label: `esrgan-webgpu ${label}`, size: Math.max(byteLength, 4), usage }));
        }
    }
    catch (error) {
        thrown = error;
    }
    const [memory, validation] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    if (!thrown && !memory && !validation)
        return buffers;
    for (const buffer of buffers)
        buffer.destroy();
    const what = `${requests.length} buffers of ${total} bytes in all (${requests.map(({ label }) => label).join(", ")})`;
    if (memory || thrown) {
        const why = memory?.message ?? String(thrown);
        throw new EsrganError("out-of-memory", `The device could not allocate ${what}: ${why}`, { cause: thrown });
    }
    throw new EsrganError("unsupported-device", `The device refused ${what}: ${validation.message}`);
}
