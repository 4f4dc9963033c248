// `npm test`: sets the checkout up, then runs vitest with the arguments given.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  await setup();
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exit(1);
}
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const child = spawn(process.execPath, [vitest, "run", ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
child.on("close", (code) => process.exit(code ?? 1));
