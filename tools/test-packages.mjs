// `npm run test:packages -- [names]`: sets the checkout up, then tries the packed packages with every bundler, or with those whose names are given.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  await setup();
} catch (error) {
  console.error(`test:packages: ${error.message}`);
  process.exit(1);
}
const names = process.argv.slice(2);
const chosen = names.length > 0 ? ["-t", names.join("|")] : [];
const config = join(root, "test/packages/vitest.config.ts");
const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", config, ...chosen];
const child = spawn(process.execPath, vitest, { cwd: root, stdio: "inherit" });
child.on("close", (code) => process.exit(code ?? 1));
