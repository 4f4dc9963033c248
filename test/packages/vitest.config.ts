// The packages as their users get them. Owns that these tests are by themselves: they install what nothing else needs.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

process.env.ESRGAN_NOT_RUN ??= join(tmpdir(), `esrgan-webgpu-not-run-${randomUUID()}`);

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  test: {
    root: path("../.."),
    reporters: ["default", path("../reporter.ts")],
    include: ["test/packages/*.spec.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
