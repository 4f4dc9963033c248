// `npm run demo` serves the site while it is worked on; `npm run demo -- build` writes it to out/demo for any host and any folder of it, and
// `npm run demo -- preview` serves what was written.
import { fileURLToPath } from "node:url";
import { setup } from "../tools/setup.mjs";

const COMMANDS = ["serve", "build", "preview"];
const configFile = fileURLToPath(new URL("vite.config.ts", import.meta.url));
const [command = "serve"] = process.argv.slice(2);

try {
  if (!COMMANDS.includes(command)) throw new Error(`npm run demo -- takes ${COMMANDS.join(", ")}, got ${command}`);
  await setup();
  const vite = await import("vite"); // after the setup, which installs it
  if (command === "build") await vite.build({ configFile });
  else {
    const server = command === "preview" ? await vite.preview({ configFile }) : await vite.createServer({ configFile });
    if ("listen" in server) await server.listen();
    server.printUrls();
  }
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exitCode = 1;
}
