// `npm run test:deno`: sets the checkout up, then runs the GPU tests in Deno, whose WebGPU is wgpu, with the arguments given to vitest.
// Owns the installing of Deno and the choice of the Vulkan driver: lavapipe, unless VK_DRIVER_FILES names another.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "test/deno");
const PACKAGE = "@deno/linux-x64-glibc";

/** Deno for Linux on x64, the one place where there is lavapipe and a package of it. */
function installDeno() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`these tests run on Linux on x64, not on ${process.platform} on ${process.arch}`);
  }
  const wanted = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).devDependencies[PACKAGE];
  if (installedVersion() === wanted) return;
  console.error(`test:deno: installing Deno ${wanted} (npm ci) ...`);
  execFileSync("npm", ["ci", "--no-progress", "--loglevel=error"], { cwd: folder, stdio: ["ignore", 2, 2] });
}

function installedVersion() {
  try {
    return JSON.parse(readFileSync(join(folder, "node_modules", PACKAGE, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

/** What makes lavapipe the one driver; of the two names the second is for Vulkan loaders before 1.3.207. */
async function driverChoice() {
  if (process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return {};
  const { systemDrivers } = await import("../dist/node/vulkan.js"); // after setup(), which builds it
  const file = systemDrivers().find((path) => /^lvp_icd(\.x86_64)?\.json$/.test(basename(path)));
  if (file) return { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file };
  throw new Error(
    "lavapipe, Mesa's Vulkan driver for CPUs, is not installed (on Debian it is in mesa-vulkan-drivers 25 or later)",
  );
}

const env = {
  ...process.env,
  DENO_WEBGPU_BACKEND: "vulkan", // without a Vulkan driver wgpu would take OpenGL
  DENO_DIR: join(root, ".cache/deno"),
  DENO_NO_UPDATE_CHECK: "1",
};
try {
  await setup();
  installDeno();
  Object.assign(env, await driverChoice());
} catch (error) {
  console.error(`test:deno: ${error.message}`);
  process.exit(1);
}
const deno = join(folder, "node_modules", PACKAGE, "deno");
// vitest asks for permissions that Deno grants only all together; nothing is loaded from the network all the same.
const options = ["--allow-all", "--no-remote", "--cached-only", "--no-lock"];
const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", join(folder, "vitest.config.ts")];
const child = spawn(deno, ["run", ...options, ...vitest, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env,
});
child.on("close", (code) => process.exit(code ?? 1));
