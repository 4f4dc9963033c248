import { copyFileSync } from "node:fs";
import { nodeResolve } from "@rollup/plugin-node-resolve";

export default {
  input: { main: "main.js", "upscale-worker": "esrgan-webgpu/worker-script", worker: "worker.js" },
  output: { dir: "dist" },
  plugins: [
    nodeResolve({ browser: true }),
    { name: "page", writeBundle: () => copyFileSync("index.html", "dist/index.html") },
  ],
};
