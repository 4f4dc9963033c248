// `npm run docs`: writes the API's reference to out/docs, from the docstrings of src. Fails where something that is exported has none, or a link
// leads nowhere. Arguments go to TypeDoc: `--emit none` only looks. Owns the installing of TypeDoc, which needs an older TypeScript than the
// library; types are checked by that of the library alone.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "tools/docs");
const isWindows = process.platform === "win32";

function isInstalled() {
  const { devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const versionOf = (name) => {
    try {
      return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
    } catch {
      return undefined;
    }
  };
  return Object.entries(devDependencies).every(([name, version]) => versionOf(name) === version);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: "inherit", shell: isWindows });
  if (error || status !== 0) throw new Error(`${command} ${args[0]} failed`, { cause: error });
}

try {
  if (!isInstalled()) run("npm", ["ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]);
  run(process.execPath, ["node_modules/typedoc/bin/typedoc", "--options", "typedoc.json", ...process.argv.slice(2)]);
} catch (error) {
  console.error(`esrgan-webgpu: ${error.message}`);
  process.exitCode = 1;
}
