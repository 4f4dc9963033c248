#!/usr/bin/env node
// The command esrgan-webgpu. Owns the terminal and the signals: the work is done in a process of its own (cli-process.ts), so that Ctrl-C
// ends it at once whatever it is in, a driver that crashes is one sentence, and what drivers print stays out of the results.
import { type ChildProcess, spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { type Command, HELP, parseCommand, STANDARD, UsageError } from "./cli-arguments.js";
import { endWithParent } from "./end-with-parent.js";
import { commandLineWords, nameBytes, printable, printableJson } from "./file-name.js";
import { fileReason } from "./file-status.js";
import { Leftovers } from "./leftovers.js";
import { memoryLimitHint, saysOutOfMemory } from "./memory-words.js";
import { MERGE_HELP } from "./merge-arguments.js";
import type { Message } from "./messages.js";
import { offlineEnv } from "./offline-env.js";
import { ProgressBar, ProgressLines } from "./progress-bar.js";
import { version } from "./version.js";

const KILL_WAIT_MS = 500; // a process in a driver's hands may take its time to go
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

let isJson = false; // whether standard error takes lines of JSON

function main(): void {
  process.on("uncaughtException", (error: unknown) => {
    note(`Something went wrong that should not have: ${error instanceof Error ? error.message : error}`);
    process.exit(1); // the child sees that and removes what it has begun
  });
  process.stderr.on("error", () => {}); // whoever read the notes has gone
  let command: Command;
  try {
    command = parseCommand(commandLineWords());
    requirePipes(command);
    isJson = command.progress === "json";
  } catch (error) {
    note((error as Error).message);
    process.exitCode = 2;
    return;
  }
  if (command.action === "help") print(command.merge ? MERGE_HELP : HELP);
  else if (command.action === "version") print(`${version()}\n`);
  else watch(command);
}

/** A terminal is nobody that a picture comes from or goes to. @throws UsageError */
function requirePipes({ action, inputs, output }: Command): void {
  const isPlain = action === "upscale" || action === "plan";
  const isRead = isPlain && inputs.includes(STANDARD);
  if (isRead && isatty(0)) {
    throw new UsageError("Standard input is a terminal; pipe a picture into the command, or name a file");
  }
  if (isRead && fstatSync(0).isDirectory()) {
    throw new UsageError("Standard input is a folder; name the folder to have the pictures in it");
  }
  if (action === "upscale" && output === STANDARD && isatty(1)) {
    throw new UsageError("Standard output is a terminal; pipe the picture on, or say with -o where it goes");
  }
}

function print(text: string): void {
  process.stdout.on("error", () => process.exit(1)).write(text);
}

function watch(command: Command): void {
  const script = fileURLToPath(new URL("./cli-process.js", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script], {
    env: offlineEnv(),
    // What it prints is kept apart from the picture, which it writes to the last of these.
    stdio: [
      command.inputs.includes(STANDARD) ? "inherit" : "ignore",
      "pipe",
      "pipe",
      "ipc",
      command.output === STANDARD ? 1 : "ignore",
    ],
  });
  endWithParent(child);
  const bar = isJson ? new ProgressLines(process.stderr) : new ProgressBar(process.stderr);
  const leftovers = new Leftovers();
  let exitCode: number | undefined;
  let chatter = ""; // what drivers print, of use only after a crash
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      chatter = (chatter + text).slice(-4096);
    });
  }

  child.on("message", (message: Message) => {
    if ("progress" in message) {
      bar.draw(message.subject, message.progress);
      return;
    }
    bar.clear();
    if ("temporary" in message) leftovers.add(message.temporary, message.within);
    if ("note" in message) note(message.note);
    if ("result" in message) process.stdout.write(resultBytes(message.result, command));
    if ("exitCode" in message) {
      exitCode = message.exitCode;
      child.kill("SIGKILL"); // all is written; a driver that hangs while it is taken down would hang the command
    }
  });
  child.on("error", (error) => {
    const why = saysOutOfMemory(error.message) ? "memory ran out" : error.message;
    note(`The process that computes cannot be started: ${why}`);
  });
  child.on("close", (code, signal) => {
    bar.clear();
    leftovers.remove();
    if (exitCode === undefined) note(crashSentence(code, signal, chatter));
    process.exitCode = exitCode ?? 1;
  });
  child.send(command, () => {}); // a child that could not be started is heard of above

  let isStopping = false; // by the first that asks; others are heard until then, so that none ends this process halfway
  const stopOnce = (then: () => void) => {
    if (isStopping) return;
    isStopping = true;
    stop(child, leftovers, then);
  };
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    stopOnce(() => {
      // Of whoever read the results and has gone nothing need be said.
      if (error.code !== "EPIPE") note(`Standard output cannot be written: ${fileReason(error)}`);
      process.exit(1);
    }),
  );
  for (const signal of SIGNALS) {
    process.on(signal, () =>
      stopOnce(() => {
        bar.clear();
        process.removeAllListeners(signal);
        process.kill(process.pid, signal); // with nobody listening any more: the shell sees what ended the command
      }),
    );
  }
}

/** What is printed for a picture, with its end. */
function resultBytes(result: string, { print0 }: Command): Buffer | string {
  return print0 ? Buffer.concat([nameBytes(result), Buffer.of(0)]) : `${result}\n`;
}

/** Ends the child at once, removes what it leaves half-written, then goes on. */
function stop(child: ChildProcess, leftovers: Leftovers, then: () => void): void {
  let isFinished = false;
  const finish = () => {
    if (isFinished) return;
    isFinished = true;
    clearTimeout(timer);
    child.removeAllListeners();
    leftovers.remove();
    then();
  };
  const timer = setTimeout(finish, KILL_WAIT_MS);
  // Once it is gone and all is read that it had said: it may just have named another file.
  const finishWhenSilent = () => {
    if ((child.exitCode !== null || child.signalCode !== null) && !child.connected) finish();
  };
  child
    .removeAllListeners()
    .on("message", (message: Message) => {
      if ("temporary" in message) leftovers.add(message.temporary, message.within);
    })
    .on("exit", finishWhenSilent)
    .on("disconnect", finishWhenSilent)
    .on("error", () => {});
  child.kill("SIGKILL");
  finishWhenSilent();
}

function crashSentence(code: number | null, signal: NodeJS.Signals | null, chatter: string): string {
  const how = signal ? `with ${signal}` : `with exit code ${code}`;
  const last = chatter.trim().split("\n").at(-1) ?? "";
  if (saysOutOfMemory(chatter)) return `Memory ran out, and the process that computes ended ${how}`;
  if (signal === "SIGKILL") return "The process that computes was killed, maybe by the system because memory ran out";
  const why = memoryLimitHint() || ", maybe through a fault of the GPU's driver";
  return `The process that computes ended early, ${how}${why}${last && `: ${last}`}`;
}

function note(sentence: string): void {
  const line = printable(sentence.replace(/\s*[\r\n]\s*/g, " "));
  process.stderr.write(isJson ? `${printableJson({ event: "note", message: line })}\n` : `esrgan-webgpu: ${line}\n`);
}

main();
