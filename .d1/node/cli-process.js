// The process that computes. Owns its side of the wire to bin.ts, which sends the command and may end this process at any moment: the main
// thread may be deep in a driver or in a long sum, and Dawn and drivers write to standard output and standard error as they like.
import { rmSync } from "node:fs";
import { tryDrivers } from "./driver-trial.js";
function send(message) {
    return new Promise((resolve) => process.send?.(message, () => resolve()));
}
// Ctrl-C reaches every process of the terminal; the one that watches decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => { });
const watcher = process.ppid;
const temporaries = new Set();
function end() {
    for (const path of temporaries)
        rmSync(path, { force: true });
    process.kill(process.pid, "SIGKILL");
}
process.on("disconnect", end); // nobody watches any more; where that is not heard of for long work, progress looks too
process.on("uncaughtException", async (error) => {
    await send({ note: `Something went wrong that should not have: ${error.message.replace(/\s+/g, " ")}` });
    await send({ exitCode: 1 });
});
process.once("message", async (command) => {
    // Drivers are tried while the library loads and model and picture are read; whoever asks next gets the answer or the reason.
    if (command.backend !== "cpu")
        tryDrivers().catch(() => { });
    const { runCommand } = await import("./cli.js");
    const exitCode = await runCommand(command, {
        result: (result) => void send({ result }),
        note: (note) => void send({ note }),
        progress: (progressOf, progress) => {
            if (process.ppid !== watcher)
                end();
            if (!command.quiet)
                void send({ progressOf, progress });
        },
        temporary: (temporary) => {
            temporaries.add(temporary);
            return send({ temporary });
        },
    });
    await send({ exitCode });
});
