// `npm run bench -- ...` and `npm run bench:isa -- ...`: sets the checkout up, compiles the benchmark, then runs the named one
// of its programs, with paths as seen from where npm was called.
import { pathToFileURL } from "node:url";
import { setup } from "../tools/setup.mjs";

const PROGRAMS = { bench: "bench/cli/main.js", isa: "bench/isa/main.js" };

const [program] = process.argv.splice(2, 1);
let code;
try {
  await setup();
  const { buildBench, codeFolder } = await import("./build.mjs"); // after the setup: it needs TypeScript
  await buildBench();
  code = `${codeFolder}/${PROGRAMS[program]}`;
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exit(1);
}
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import(pathToFileURL(code));
