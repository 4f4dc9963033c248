// Ends a test run: one line with the counts, then what this machine could not run, too large to overlook.
import { readFileSync, rmSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export default class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length; // a file that could not be loaded
      for (const test of module.children.allTests()) {
        if (test.result().state === "passed") passed++;
        if (test.result().state === "failed") failed++;
      }
    }
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    const notRun = readNotRun();
    if (process.env.ESRGAN_NOT_RUN) rmSync(process.env.ESRGAN_NOT_RUN, { force: true }); // a watched run starts anew
    if (notRun.length > 0) process.stdout.write(banner(notRun));
  }
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
