// Builds and serves the site: the page, the benchmark, and the service worker that keeps both for offline use. Owns what of the checkout is
// part of it, and under which names.

import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const text = (relative: string) => readFileSync(path(relative), "utf8");

// No eval, no inline scripts and nothing of other origins. What is dropped or made in the page comes as blob: and data:.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const { name, version } = JSON.parse(text("../package.json")) as { name: string; version: string };

/** Weights that the pages fetch by these addresses, when they are asked for. */
const FETCHED: Readonly<Record<string, string>> = Object.fromEntries(
  ["general-x4v3", "anime-6b", "x4plus"]
    .map((model) => [`models/${model}/${model}.safetensors`, path(`../models/${model}/${model}.safetensors`)] as const)
    .filter(([, file]) => existsSync(file)),
);

/** Files that are written here: what the benchmark reports of the library, and the licences of weights. */
const WRITTEN: Readonly<Record<string, { readonly type: string; readonly source: string }>> = {
  "about.json": { type: "application/json", source: JSON.stringify({ name, version }) },
  "NOTICE.txt": { type: "text/plain", source: `${text("../models/NOTICE")}\n${text("../models/classics/NOTICE")}` },
};

function fetchedFiles(): Plugin {
  return {
    name: "fetched-files",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const asked = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
        const file = FETCHED[asked];
        const written = WRITTEN[asked];
        if (written) response.setHeader("content-type", written.type).end(written.source);
        else if (file !== undefined) createReadStream(file).pipe(response);
        else next();
      });
    },
    generateBundle() {
      for (const [fileName, { source }] of Object.entries(WRITTEN)) this.emitFile({ type: "asset", fileName, source });
      for (const [fileName, file] of Object.entries(FETCHED)) {
        this.emitFile({ type: "asset", fileName, source: readFileSync(file) });
      }
    },
  };
}

/** What several pages have in common stands once, in parts/. */
function sharedParts(): Plugin {
  const part = (indent: string, name: string) =>
    text(`parts/${name}.html`)
      .trimEnd()
      .replaceAll(/^(?=.)/gm, indent);
  return {
    name: "shared-parts",
    transformIndexHtml: {
      order: "pre",
      handler: (html) => html.replaceAll(/^( *)<!-- part: ([\w-]+) -->/gm, (_, indent, name) => part(indent, name)),
    },
  };
}

/** bench.html is the benchmark's own page, with the addresses that it has here. */
function benchPage(): Plugin {
  const links = '<a href="./index.html">The picture page</a> <a href="./history.html">History</a>';
  return {
    name: "bench-page",
    // package.json says that the checkout's modules do nothing by themselves, which holds for the library alone.
    transform: (code, id) => (id.endsWith("/bench/page/page.ts") ? { code, moduleSideEffects: true } : null),
    transformIndexHtml: {
      order: "pre",
      handler(html, { filename }) {
        if (!filename.endsWith("bench.html")) return html;
        return text("../bench/page/index.html")
          .replace(/\s*<link rel="stylesheet"[^>]*>/, "")
          .replace(/src="[^"]*page\.js"/, 'src="./bench.ts"')
          .replace("<header>", `<header>\n      <nav class="site" aria-label="Site">${links}</nav>`);
      },
    },
  };
}

/** The policy is for what is built: the development server injects styles and scripts. */
function contentPolicy(): Plugin {
  return {
    name: "content-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** The service worker is told what was built, so that it changes when anything of that does. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const kept = Object.values(bundle).filter(({ fileName }) => !fileName.startsWith("models/"));
      const hash = createHash("sha256");
      for (const file of kept) hash.update(file.type === "chunk" ? file.code : file.source);
      const copied = readdirSync(path("public"));
      for (const name of copied) hash.update(text(`public/${name}`));
      const files = ["./", ...copied, ...kept.map(({ fileName }) => fileName)].sort();
      const source = text("service-worker.js")
        .replace('"development"', JSON.stringify(hash.digest("hex").slice(0, 16)))
        .replace("[]", JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  };
}

export default defineConfig(({ command }) => ({
  root: path("."),
  base: "./",
  publicDir: path("public"),
  define: {
    __FETCHED_MODELS__: JSON.stringify(Object.keys(FETCHED)),
    // Not import.meta.env.PROD, which follows NODE_ENV.
    __IS_BUILT__: JSON.stringify(command === "build"),
  },
  resolve: {
    alias: [
      { find: "esrgan-webgpu/worker", replacement: path("../dist/worker/index.js") },
      { find: "esrgan-webgpu", replacement: path("../dist/index.js") },
    ],
  },
  server: { fs: { allow: [path("..")] } },
  worker: { format: "es" },
  plugins: [sharedParts(), benchPage(), contentPolicy(), fetchedFiles(), serviceWorker()],
  build: {
    outDir: process.env.ESRGAN_DEMO_OUT ?? path("../out/demo"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // data: addresses would need a wider policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000, // the weights are a module
    rolldownOptions: { input: ["index.html", "history.html", "bench.html"].map(path) },
  },
}));
