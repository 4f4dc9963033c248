// `npm run bench:peers -- ...`: sets the checkout up, compiles this folder and calls its command, with paths as seen from where npm was
// called. In the compiled tree `src` is the package as it is published, dist/: that is what is measured.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setup } from "../../tools/setup.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const compiled = join(root, ".cache/peers");

function compile() {
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const { bin } = createRequire(import.meta.url)(manifest);
  rmSync(compiled, { recursive: true, force: true });
  mkdirSync(compiled, { recursive: true });
  execFileSync(process.execPath, [join(dirname(manifest), bin.tsc), "-p", here], { stdio: ["ignore", 2, 2] });
  symlinkSync(join(root, "dist"), join(compiled, "src"), "junction");
}

try {
  await setup();
  compile();
} catch (error) {
  console.error(`bench:peers: ${error.message}`);
  process.exit(1);
}
const { main } = await import(pathToFileURL(join(compiled, "bench/peers/command.js")).href);
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.exitCode = await main(process.argv.slice(2), { root, compiled });
