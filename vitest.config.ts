// Owns which test runs where. unit: Node, many at a time. gpu: a real WebGPU device in Node, two files at a time, as a software adapter
// takes every core while it computes, and compiles on one. browser: headless Chromium, likewise. engines: one file at a time, where
// tools/test-engines.mjs asks for it; so queue, of tools/test-queue.mjs, and budgets, of `npm run test:budgets`.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Where tests note what this machine could not run (test/not-run.ts); the reporter shows it at the end.
process.env.ESRGAN_NOT_RUN ??= join(tmpdir(), `esrgan-webgpu-not-run-${randomUUID()}`);

const setupFiles = ["./test/equal-bytes.ts"];

const oneAtATime = { setupFiles, pool: "forks", maxWorkers: 1, testTimeout: 120_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/gpu/**", "test/browser/**", "test/demo/**", "test/engines/**", "test/queue/**"],
          setupFiles,
          pool: "forks",
          maxWorkers: "100%", // one less by default: half of a machine with two cores
          testTimeout: 60_000,
          hookTimeout: 60_000, // some build
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "gpu",
          include: ["test/gpu/**/*.test.ts", "test/engines/frame-upscaler.test.ts"],
          exclude: ["test/gpu/budget-paths.test.ts"],
          ...oneAtATime,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts", "test/demo/**/*.test.ts", "test/engines/pages.test.ts"],
          ...oneAtATime,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      ...(process.env.ESRGAN_EXAMPLES
        ? [{ test: { name: "engines", include: ["test/engines/{engines,types}.test.ts"], ...oneAtATime } }]
        : []),
      ...(process.env.ESRGAN_BUDGETS
        ? [{ test: { name: "budgets", include: ["test/gpu/budget-paths.test.ts"], ...oneAtATime } }]
        : []),
      ...(process.env.ESRGAN_QUEUE
        ? [{ test: { name: "queue", include: ["test/queue/*.test.ts"], ...oneAtATime } }]
        : []),
    ],
  },
});
