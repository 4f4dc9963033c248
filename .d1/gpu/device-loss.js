// Owns waiting on a device that may be lost: a lost device leaves waits unanswered.
import { EsrganError } from "../errors.js";
// What a loss makes fail may fail before the device says that it is lost. Failures are rare enough to wait for that.
const LOSS_NEWS_MS = 20;
const TURN_MS = 1000;
const watches = new WeakMap();
/**
 * `promise`, or a failure as soon as the device is lost, or once it took longer than `limit`.
 * @throws EsrganError "device-lost"
 */
export function untilLost(device, promise, limit) {
    const watch = watchOf(device);
    return new Promise((resolve, reject) => {
        const settle = (result) => {
            clearInterval(timer);
            watch.waiting.delete(fail);
            result();
        };
        const fail = (error) => settle(() => reject(error));
        // Turns are counted, not time: while this thread is held up, nothing that a device has to say can be heard.
        let turns = 0;
        const count = ({ ms, what }) => {
            if (++turns * TURN_MS >= ms)
                fail(overdue({ ms, what }));
        };
        const timer = limit && setInterval(count, TURN_MS, limit);
        watch.waiting.add(fail);
        if (watch.error)
            fail(watch.error);
        promise.then((value) => settle(() => resolve(value)), (error) => setTimeout(() => settle(() => reject(error)), LOSS_NEWS_MS));
    });
}
function overdue({ ms, what }) {
    return new EsrganError("device-lost", `The GPU device has kept ${what} waiting for ${ms / 1000} s, so it counts as lost`);
}
function watchOf(device) {
    const found = watches.get(device);
    if (found)
        return found;
    const watch = { error: undefined, waiting: new Set() };
    watches.set(device, watch);
    device.lost.then(({ reason, message }) => {
        const why = [reason, message].filter(Boolean).join(": ") || "no reason given";
        watch.error = new EsrganError("device-lost", `The GPU device was lost (${why})`);
        for (const fail of watch.waiting)
            fail(watch.error);
        watch.waiting.clear();
    });
    return watch;
}
