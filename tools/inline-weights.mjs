// Writes weights as a module of base64 text, which every bundler, browser and Node can import without a loader, a server or a flag. As a command,
// of the model package that it is called in, or of some of the weights there, by name.
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The module appears whole or not at all. */
export function writeWeightsModule(weights, module) {
  const base64 = readFileSync(weights).toString("base64");
  const fresh = `${module}.${process.pid}`;
  writeFileSync(
    fresh,
    `// Made by tools/inline-weights.mjs from the .safetensors beside it.\nexport default "${base64}";\n`,
  );
  renameSync(fresh, module);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  for (const name of names) writeWeightsModule(`${name}.safetensors`, `${name}.weights.js`);
  if (names.length === 0) {
    writeWeightsModule(
      readdirSync(".").find((name) => name.endsWith(".safetensors")),
      "weights.js",
    );
  }
}
