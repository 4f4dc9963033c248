#!/usr/bin/env node
// The command esrgan-webgpu. Owns the terminal and the signals: the work is done in a process of its own (cli-process.ts), so that Ctrl-C
// ends it at once whatever it is in, a driver that crashes is one sentence, and what drivers print stays out of the results.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HELP, parseCommand } from "./cli-arguments.js";
import { offlineEnv } from "./offline-env.js";
import { ProgressBar } from "./progress-bar.js";
import { version } from "./version.js";
const KILL_WAIT_MS = 500; // a process in a driver's hands may take its time to go
function main() {
    let command;
    try {
        command = parseCommand(process.argv.slice(2));
    }
    catch (error) {
        note(error.message);
        process.exitCode = 2;
        return;
    }
    if (command.action === "help")
        process.stdout.write(HELP);
    else if (command.action === "version")
        process.stdout.write(`${version()}\n`);
    else
        watch(command);
}
function watch(command) {
    const script = fileURLToPath(new URL("./cli-process.js", import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, script], {
        env: offlineEnv(),
        stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const bar = new ProgressBar(process.stderr);
    const temporaries = new Set();
    let exitCode;
    let chatter = ""; // what drivers print, of use only after a crash
    for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text) => {
            chatter = (chatter + text).slice(-4096);
        });
    }
    child.on("message", (message) => {
        if ("progress" in message) {
            bar.draw(message.progressOf, message.progress);
            return;
        }
        bar.clear();
        if ("temporary" in message)
            temporaries.add(message.temporary);
        if ("note" in message)
            note(message.note);
        if ("result" in message)
            process.stdout.write(`${message.result}\n`);
        if ("exitCode" in message) {
            exitCode = message.exitCode;
            child.kill("SIGKILL"); // all is written; a driver that hangs while it is taken down would hang the command
        }
    });
    child.on("error", (error) => note(`The process that computes cannot be started: ${error.message}`));
    child.on("close", (code, signal) => {
        bar.clear();
        removeFiles(temporaries);
        if (exitCode === undefined)
            note(crashSentence(code, signal, chatter));
        process.exitCode = exitCode ?? 1;
    });
    child.send(command, () => { }); // a child that could not be started is heard of above
    process.stdout.on("error", () => stop(child, temporaries, () => process.exit(1))); // whoever read the results has gone
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
        process.once(signal, () => {
            stop(child, temporaries, () => {
                bar.clear();
                process.kill(process.pid, signal); // with nobody listening any more: the shell sees what ended the command
            });
        });
    }
}
/** Ends the child at once, removes what it leaves half-written, then goes on. */
function stop(child, temporaries, then) {
    let isFinished = false;
    const finish = () => {
        if (isFinished)
            return;
        isFinished = true;
        clearTimeout(timer);
        child.removeAllListeners();
        removeFiles(temporaries);
        then();
    };
    const timer = setTimeout(finish, KILL_WAIT_MS);
    // Once it is gone and all is read that it had said: it may just have named another file.
    const finishWhenSilent = () => {
        if ((child.exitCode !== null || child.signalCode !== null) && !child.connected)
            finish();
    };
    child
        .removeAllListeners()
        .on("message", (message) => {
        if ("temporary" in message)
            temporaries.add(message.temporary);
    })
        .on("exit", finishWhenSilent)
        .on("disconnect", finishWhenSilent)
        .on("error", () => { });
    child.kill("SIGKILL");
    finishWhenSilent();
}
function removeFiles(paths) {
    for (const path of paths)
        rmSync(path, { force: true });
}
function crashSentence(code, signal, chatter) {
    const how = signal ? `with ${signal}` : `with exit code ${code}`;
    const last = chatter.trim().split("\n").at(-1) ?? "";
    return `The process that computes ended early, ${how}, maybe through a fault of the GPU's driver${last && `: ${last}`}`;
}
function note(sentence) {
    process.stderr.write(`esrgan-webgpu: ${sentence}\n`);
}
main();
