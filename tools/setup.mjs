// Makes a fresh checkout ready to run: the packages of package-lock.json, the links to the model packages, the build.
// Owns what is missing or stale and says so on standard error only when it takes a while; standard output stays the caller's.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { linkModels } from "./link-models.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const QUIET_MS = 2000;

export async function setup() {
  if (!isInstalled()) await install();
  linkModels();
  const { buildIfStale } = await import("./build.mjs"); // after the install: it needs TypeScript
  await whileSlow("building", buildIfStale());
}

/** Whether node_modules holds what package-lock.json names, going by the list that npm keeps there. */
function isInstalled() {
  const packages = (file) => JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  try {
    const installed = packages("node_modules/.package-lock.json");
    return Object.entries(packages("package-lock.json")).every(([path, wanted]) => {
      if (path === "" || wanted.link) return true;
      const there = installed[path];
      return there ? there.version === wanted.version : wanted.optional || wanted.devOptional || wanted.peer;
    });
  } catch {
    return false;
  }
}

async function install() {
  const options = { cwd: root, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" };
  const npm = spawn("npm", ["ci", "--no-progress", "--loglevel=error"], options);
  let output = "";
  npm.stdout.on("data", (chunk) => (output += chunk));
  npm.stderr.on("data", (chunk) => (output += chunk));
  const done = new Promise((resolve, reject) => {
    npm.on("error", reject);
    npm.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`npm ci failed:\n${firstLines(output)}`))));
  });
  await whileSlow("installing packages (npm ci)", done);
}

/** What npm says first; after that it prints its manual. */
function firstLines(text) {
  return text.trim().split("\n").slice(0, 12).join("\n");
}

async function whileSlow(what, work) {
  const timer = setTimeout(() => console.error(`esrgan-webgpu: ${what} ...`), QUIET_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
