import { copyFileSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: ["main.js", "worker.js", { in: "esrgan-webgpu/worker-script", out: "upscale-worker" }],
  outdir: "dist",
  format: "esm",
  bundle: true,
  splitting: true,
  minify: true,
});
copyFileSync("index.html", "dist/index.html");
