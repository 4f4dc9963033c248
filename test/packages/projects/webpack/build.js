import { copyFileSync } from "node:fs";
import webpack from "webpack";

const config = {
  mode: "production",
  entry: "./main.js",
  output: { path: `${import.meta.dirname}/dist`, filename: "main.js" },
  performance: { hints: false },
};
webpack(config, (error, stats) => {
  if (error) throw error;
  if (stats.hasErrors() || stats.hasWarnings()) console.error(stats.toString("errors-warnings"));
  process.exitCode = stats.hasErrors() ? 1 : 0;
  copyFileSync("index.html", "dist/index.html");
});
