// `npm start -- ...`: sets the checkout up, then is the command esrgan-webgpu, with paths as seen from where npm was called.
import { setup } from "./setup.mjs";

try {
  await setup();
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exit(1);
}
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import("../dist/node/bin.js");
