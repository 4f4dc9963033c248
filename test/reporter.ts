// Ends a test run: files whose process ended before they did, one line with the counts, then what this machine could not run, too large to
// overlook.
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { readFileSync, rmSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export default class ClosingLines implements Reporter {
  private readonly crashes: string[] = [];

  onInit(): void {
    // Vitest says of a worker that ended by itself neither how nor which file it ran.
    subscribe("child_process", (message) => {
      const { process: worker } = message as { process: ChildProcess };
      worker.once("exit", (code, signal) => {
        if (signal !== null ? signal !== "SIGTERM" && signal !== "SIGKILL" : code !== 0)
          this.crashes.push(`process ${worker.pid} ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length; // a file that could not be loaded
      for (const test of module.children.allTests()) {
        if (test.result().state === "passed") passed++;
        if (test.result().state === "failed") failed++;
      }
      if (module.state() === "queued" || module.state() === "pending") process.stdout.write(lost(module));
    }
    if (this.crashes.length > 0) process.stdout.write(`${this.crashes.join("\n")}\n`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    const notRun = readNotRun();
    if (process.env.ESRGAN_NOT_RUN) rmSync(process.env.ESRGAN_NOT_RUN, { force: true }); // a watched run starts anew
    if (notRun.length > 0) process.stdout.write(banner(notRun));
  }
}

function lost(module: TestModule): string {
  const left = [...module.children.allTests()].filter((test) => test.result().state === "pending");
  const names = left.slice(0, 3).map((test) => `  ${test.fullName}\n`);
  return `${module.relativeModuleId} was not run to its end; ${left.length} tests of it are without a result\n${names.join("")}`;
}

function readNotRun(): string[] {
  try {
    return [...new Set(readFileSync(process.env.ESRGAN_NOT_RUN ?? "", "utf8").split("\n"))].filter(Boolean);
  } catch {
    return []; // nothing was noted
  }
}

function banner(lines: readonly string[]): string {
  const rule = "#".repeat(100);
  return ["", rule, "##  NOT RUN on this machine:", ...lines.map((line) => `##    ${line}`), rule, ""].join("\n");
}
