// The pages of examples/: installs what they need into .cache/examples, bundles them, and serves one with `npm run example NAME`.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { setup } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = join(root, "examples");
const installed = join(root, ".cache/examples");
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** All examples that are pages, by name, but for those with a build of their own. */
export const exampleNames = readdirSync(examples)
  .filter((name) => existsSync(join(examples, name, "main.js")))
  .filter((name) => !readJson(join(examples, name, "package.json")).scripts)
  .sort();

/** The packages that an example needs beside this one, and the types of those that have none themselves, with their versions. */
export function packagesOf(name) {
  const { dependencies, devDependencies } = readJson(join(examples, name, "package.json"));
  const { "esrgan-webgpu": _, ...others } = dependencies;
  return { ...others, ...devDependencies };
}

/** Where installExamples() puts packages: below it `node_modules`. */
export const installedIn = installed;

/** The folder of an example. */
export const exampleFolder = (name) => join(examples, name);

/** Installs the packages of these examples, beside those that are there. */
export async function installExamples(names) {
  const manifest = join(installed, "package.json");
  const before = existsSync(manifest) ? readJson(manifest).dependencies : {};
  const dependencies = { ...before, ...Object.assign({}, ...names.map(packagesOf)) };
  const isThere = (name) => {
    const file = join(installed, "node_modules", name, "package.json");
    return existsSync(file) && readJson(file).version === dependencies[name];
  };
  if (Object.keys(dependencies).every(isThere)) return;
  mkdirSync(installed, { recursive: true });
  writeFileSync(manifest, `${JSON.stringify({ private: true, type: "module", dependencies }, null, 2)}\n`);
  const args = ["install", "--no-progress", "--no-package-lock", "--ignore-scripts", "--loglevel=error"];
  const npm = spawn("npm", args, { cwd: installed, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  const code = await new Promise((resolve, reject) => npm.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`The packages of ${names.join(", ")} could not be installed (npm: ${code})`);
}

/**
 * The example of a folder as one module, which has all that it exports as the global `example`. It runs after `before`, a module
 * whose export `page` becomes a global too.
 */
export async function bundleExample(folder, before) {
  const entry = "example-entry";
  const main = JSON.stringify(join(folder, "main.js"));
  const first = before ? `import { page } from ${JSON.stringify(before)}; globalThis.page = page;` : "";
  const bundled = await rolldown({
    input: entry,
    external: /general-x4v3\.js$/, // the weights: served as they are
    resolve: { modules: [join(installed, "node_modules"), "node_modules"] },
    plugins: [
      {
        name: entry,
        resolveId(id) {
          if (id === entry) return id;
          const own = /^esrgan-webgpu(\/.*)?$/.exec(id);
          return own ? join(root, readJson(join(root, "package.json")).exports[`.${own[1] ?? ""}`].default) : undefined;
        },
        load: (id) =>
          id === entry ? `${first} import * as example from ${main}; globalThis.example = example;` : null,
      },
    ],
  });
  const { output } = await bundled.generate({ format: "esm", codeSplitting: false });
  await bundled.close();
  return output[0].code;
}

/** The page of an example; its script is main.js beside it. */
export function pageOf(folder) {
  return readFileSync(join(folder, "index.html"), "utf8");
}

async function serve(name) {
  if (!exampleNames.includes(name)) throw new Error(`Say which example: ${exampleNames.join(", ")}`);
  await setup();
  await installExamples([name]);
  const script = await bundleExample(exampleFolder(name));
  const types = { ".html": "text/html", ".js": "text/javascript" };
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const isWeights = /^\/models\/[\w-]+\/[\w-]+\.(js|safetensors)$/.test(path) && existsSync(join(root, path));
    const body =
      { "/": pageOf(exampleFolder(name)), "/main.js": script }[path] ??
      (isWeights ? readFileSync(join(root, path)) : undefined);
    if (body === undefined) return response.writeHead(404).end();
    response.setHeader("content-type", types[extname(path) || ".html"] ?? "application/octet-stream").end(body);
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await serve(process.argv[2]).catch((error) => {
    console.error(`esrgan-webgpu: ${error.message}`);
    process.exitCode = 1;
  });
}
