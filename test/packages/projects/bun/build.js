import { execFileSync } from "node:child_process";

const run = (...args) => execFileSync("node_modules/.bin/bun", ["build", "--outdir", "dist", "--minify", ...args]);
run("--splitting", "--entry-naming", "[name].[ext]", "./index.html", "./worker.js");
run("./upscale-worker.js");
