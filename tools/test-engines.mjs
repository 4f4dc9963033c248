// `npm run test:engines [names]`: installs the engines that the examples need, and runs all examples, or those named, in a browser.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function run(wanted) {
  await setup();
  const { exampleNames, installExamples, packagesOf } = await import("./examples.mjs"); // it needs what setup installs
  const engines = exampleNames.filter((name) => Object.keys(packagesOf(name)).length > 0);
  const unknown = wanted.find((name) => !engines.includes(name));
  if (unknown) throw new Error(`There is no example ${unknown} with an engine; there are ${engines.join(", ")}`);
  const names = wanted.length > 0 ? wanted : engines;
  await installExamples(names);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const env = { ...process.env, ESRGAN_EXAMPLES: names.join() };
  const child = spawn(process.execPath, [vitest, "run", "--project", "engines"], { cwd: root, stdio: "inherit", env });
  process.exitCode = await new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

await run(process.argv.slice(2)).catch((error) => {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exitCode = 1;
});
