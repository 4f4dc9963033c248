// The GPU tests under Deno: which of them run, and that their devices are Deno's. Owns no test of a kernel or a network: those are
// test/gpu's, unchanged.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

process.env.ESRGAN_NOT_RUN ??= join(tmpdir(), `esrgan-webgpu-not-run-${randomUUID()}`);

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// What needs no second implementation: how Node finds Dawn's adapters, a mock, and two that compile every variant there is.
const OTHER_FILES = ["device", "device-loss", "bench", "tuner"].map((name) => `test/gpu/${name}.test.ts`);

// Deno compiles one shader at a time, and lavapipe takes up to six minutes for a long one. So of the variants of GPUs each text is
// compiled in one or two forms, and what only combines short kernels in other ways is left to Dawn. Beginnings of tests' full names.
const OTHER_TESTS = [
  "f32, the convolutions of other devices (?:direct 4 4 2|.*(?:unrolled|winograd)).* k(?!3 3->5)",
  "f32, the convolutions of other devices (?:direct 4 2 2|winograd 2) 32 2",
  "(?:direct 4 4 2|direct .* unrolled|winograd).* (?:all at once|upsampled (?!2 times, kernel 3))",
  // naga refuses "enable subgroups;" so far.
  ".*shared \\d",
  // Nor has it external textures.
  ".*a texture for an external one",
  "random graphs",
  "the CPU against PyTorch",
];

export default defineConfig({
  resolve: { alias: [{ find: /^\.\/adapters\.js$/, replacement: path("adapters.ts") }] },
  test: {
    root: path("../.."),
    globalSetup: path("global-setup.ts"),
    reporters: ["default", path("../reporter.ts")],
    include: ["test/deno/*.spec.ts", "test/gpu/*.test.ts"],
    exclude: OTHER_FILES,
    testNamePattern: new RegExp(`^(?!${OTHER_TESTS.join("|")})`),
    pool: "forks",
    maxWorkers: 2,
    maxConcurrency: 1, // compiling holds the thread, so that what another test waits for would seem to take minutes
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
