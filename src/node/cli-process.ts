// The process that computes. Owns its side of the wire to bin.ts, which sends the command and may end this process at any moment: the main
// thread may be deep in a driver or in a long sum, and Dawn and drivers write to standard output and standard error as they like.
import type { Command } from "./cli-arguments.js";
import { tryDrivers } from "./driver-trial.js";
import { Leftovers } from "./leftovers.js";
import type { Message } from "./messages.js";

const PICTURE_FD = 4; // as bin.ts gives it

function send(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

// Ctrl-C reaches every process of the terminal; the one that watches decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const watcher = process.ppid;
const leftovers = new Leftovers();

function temporary(path: string, within?: string): Promise<void> {
  leftovers.add(path, within);
  return send({ temporary: path, within });
}

function end(): void {
  leftovers.remove();
  process.kill(process.pid, "SIGKILL");
}
process.on("disconnect", end); // nobody watches any more; where that is not heard of for long work, progress looks too, and a guard

process.on("uncaughtException", async (thrown: unknown) => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  await send({ note: `Something went wrong that should not have: ${error.message.replace(/\s+/g, " ")}` });
  await send({ exitCode: 1 });
});

process.once("message", async (command: Command) => {
  if (command.backend !== "cpu") {
    // Drivers are tried while the library loads and model and picture are read; whoever asks next gets the answer or the reason.
    tryDrivers((folder) => void temporary(folder)).catch(() => {});
  }
  const { runCommand, writerTo } = await import("./cli.js"); // one module, as every other takes time to load
  const exitCode = await runCommand(command, {
    result: (result) => void send({ result }),
    note: (note) => void send({ note }),
    progress: (subject, progress) => {
      if (process.ppid !== watcher) end();
      if (!command.quiet) void send({ subject, progress });
    },
    temporary,
    standardInput: () => process.stdin,
    standardOutput: (bytes) => writerTo(PICTURE_FD)(bytes),
  });
  await send({ exitCode });
});
