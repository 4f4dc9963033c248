// Owns the one-call API: keeps an Upscaler for each device and model, and lets it go after a while idle.
import { DEFAULT_MODEL } from "./models/bundled.js";
import { createUpscaler } from "./upscaler.js";
/** How long an Upscaler that upscale() made stays after its last call. */
const IDLE_MS = 30_000;
const keptByDevice = new WeakMap();
export async function upscale(device, source, options = {}) {
    const release = { now: () => { } };
    const kept = keep(device, options, release);
    try {
        const upscaler = await kept.upscaler;
        return await upscaler.upscale(source, options);
    }
    finally {
        release.now();
    }
}
function keep(device, options, release) {
    const model = options.model ?? DEFAULT_MODEL;
    const { precision = "auto", memoryBudget, tuning } = options;
    const form = JSON.stringify([precision, memoryBudget, tuning]);
    const byModel = keptByDevice.get(device) ?? new Map();
    if (typeof device === "object" && device !== null)
        keptByDevice.set(device, byModel);
    const byForm = byModel.get(model) ?? new Map();
    byModel.set(model, byForm);
    const forget = (which) => {
        // One that failed was forgotten at once; another may have come in its place.
        if (byForm.get(form) !== which)
            return;
        byForm.delete(form);
        if (byForm.size === 0)
            byModel.delete(model);
    };
    const held = byForm.get(form) ?? {
        upscaler: createUpscaler(device, options),
        running: 0,
        timer: undefined,
    };
    if (!byForm.has(form))
        held.upscaler.catch(() => forget(held));
    byForm.set(form, held);
    clearTimeout(held.timer);
    held.running++;
    release.now = () => {
        if (--held.running > 0)
            return;
        held.timer = setTimeout(() => {
            forget(held);
            held.upscaler.then((upscaler) => upscaler.destroy(), () => { });
        }, IDLE_MS);
        // Node would wait for the timer before it exits.
        held.timer.unref?.();
    };
    return held;
}
