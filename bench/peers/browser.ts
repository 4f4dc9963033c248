// Starts the browser that the peers run in. Owns which one and the settings that bring it to the adapter wanted.
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import puppeteer, { type Browser, type LaunchOptions } from "puppeteer";
import { cachedFolder, findPackage } from "../../src/node/cache-folder.js";
import { untar } from "../../src/node/untar.js";
import type { AdapterChoice } from "./options.js";

const INSTALLED = [
  ...["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].map((name) => `/usr/bin/${name}`),
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const ARGUMENTS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-gpu-watchdog", // it ends the GPU process where a dispatch takes long, as on a software adapter
];
const SWIFTSHADER = ["--use-webgpu-adapter=swiftshader"];
// Headless on Linux, Chromium takes a GPU's Vulkan driver only when told to; elsewhere it needs nothing.
const GPU = process.platform === "linux" ? ["--ignore-gpu-blocklist", "--enable-features=Vulkan"] : [];

/** A browser that has the adapter. `url` is an address on this machine: unsafe ones get no WebGPU. */
export async function startBrowser(url: string, adapter: AdapterChoice, executable?: string): Promise<Browser> {
  const options = launchOptions(executable);
  if (adapter !== "swiftshader") {
    const browser = await launch(options, GPU);
    if (await hasGpu(browser, url)) return browser;
    await browser.close();
    if (adapter === "gpu") throw new Error("The browser gives no WebGPU adapter that is a GPU");
  }
  return launch(options, SWIFTSHADER);
}

function launch(options: LaunchOptions, extra: readonly string[]): Promise<Browser> {
  return puppeteer.launch({ ...options, args: [...ARGUMENTS, ...extra] });
}

async function hasGpu(browser: Browser, url: string): Promise<boolean> {
  const page = await browser.newPage();
  await page.goto(new URL("/job.json", url).href);
  const found = await page.evaluate(async () => {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter ? !adapter.info.isFallbackAdapter : false;
  });
  await page.close();
  return found;
}

function launchOptions(executable: string | undefined): LaunchOptions {
  const executablePath = executable ?? INSTALLED.find(isExecutable);
  return executablePath === undefined ? packaged() : { executablePath, headless: true };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function packaged(): LaunchOptions {
  const found = process.platform === "linux" && process.arch === "x64" ? findPackage("@sparticuz/chromium") : undefined;
  if (!found) throw new Error("There is no browser to start: name one with --browser, or use --serve");
  const needed = ["chromium", "libvk_swiftshader.so", "lib/libnss3.so", "fonts.conf"];
  const folder = cachedFolder(`chromium-${found.version}`, needed, (fresh) => {
    const unpacked = (name: string) => brotliDecompressSync(readFileSync(join(found.folder, "bin", name)));
    for (const archive of ["swiftshader.tar.br", "al2023.tar.br", "fonts.tar.br"]) {
      for (const { name, kind, mode, data } of untar(unpacked(archive), archive)) {
        if (kind !== "file") continue;
        mkdirSync(dirname(join(fresh, name)), { recursive: true });
        writeFileSync(join(fresh, name), data, { mode });
      }
    }
    writeFileSync(join(fresh, "chromium"), unpacked("chromium.br"), { mode: 0o755 });
  });
  // The system's own libraries first: those of the package are for machines that have none.
  const system = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"];
  const libraries = [process.env.LD_LIBRARY_PATH, ...system, join(folder, "lib"), folder];
  const env = { ...process.env, LD_LIBRARY_PATH: libraries.filter(Boolean).join(":"), FONTCONFIG_PATH: folder };
  return { executablePath: join(folder, "chromium"), headless: "shell", env };
}
