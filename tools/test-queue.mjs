// `npm run test:queue`: installs what examples/queue needs, and runs it against a redis-server of its own, with workers of which one is killed.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, ".cache/queue");
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

function run(command, words, options) {
  const child = spawn(command, words, { stdio: ["ignore", 2, 2], shell: process.platform === "win32", ...options });
  return new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
}

/** The packages of the example but for those that the checkout has, and the checkout itself by its name. */
async function install() {
  const { bullmq, ioredis } = readJson(join(root, "examples/queue/package.json")).dependencies;
  const manifest = `${JSON.stringify({ private: true, dependencies: { bullmq, ioredis } }, null, 2)}\n`;
  const file = join(folder, "package.json");
  const isThere = existsSync(join(folder, "node_modules/esrgan-webgpu")) && readFileSync(file, "utf8") === manifest;
  if (isThere) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, manifest);
  const words = ["install", "--no-progress", "--no-package-lock", "--ignore-scripts", "--loglevel=error"];
  const code = await run("npm", words, { cwd: folder });
  if (code !== 0) throw new Error(`The packages of examples/queue could not be installed (npm: ${code})`);
  symlinkSync(root, join(folder, "node_modules/esrgan-webgpu"), "junction");
}

try {
  await setup();
  await install();
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const env = { ...process.env, ESRGAN_QUEUE: folder };
  const words = [vitest, "run", "--project", "queue"];
  process.exitCode = (await run(process.execPath, words, { cwd: root, stdio: "inherit", env, shell: false })) ?? 1;
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exitCode = 1;
}
