// Starts a browser with WebGPU for tests: an installed Chromium, else the one inside @sparticuz/chromium. Owns which one, and the settings
// that make its software adapter available.
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import puppeteer, { type Browser, type LaunchOptions } from "puppeteer";
import { cachedFolder, findPackage } from "../../src/node/cache-folder.js";
import { untar } from "../../src/node/untar.js";
import { noteNotRun } from "../not-run.js";

const INSTALLED = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].flatMap((name) => [
  `/usr/bin/${name}`,
  `/usr/local/bin/${name}`,
]);

const ARGUMENTS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  // A canvas with a WebGPU context kills the GPU process without these three.
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

// The package's own configuration looks for fonts where its cloud service has them; without any, a text field crashes the page.
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
</fontconfig>
`;

/** A browser, or undefined where none starts: skip the test then, it is noted. */
export async function startBrowser(): Promise<Browser | undefined> {
  const chosen = process.env.ESRGAN_TEST_BROWSER;
  const installed = chosen ?? INSTALLED.find(isExecutable);
  const failures: string[] = [];
  for (const prepare of installed ? [() => system(installed), packaged] : [packaged]) {
    try {
      const options = prepare();
      if (options) return await puppeteer.launch({ args: ARGUMENTS, protocolTimeout: 300_000, ...options });
    } catch (error) {
      failures.push(String(error).split("\n")[0]!);
    }
  }
  noteNotRun("tests in a browser", failures.join("; ") || "there is neither a Chromium nor @sparticuz/chromium");
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function system(executablePath: string): LaunchOptions {
  return { executablePath, headless: true };
}

function packaged(): LaunchOptions | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const found = findPackage("@sparticuz/chromium");
  if (!found) return undefined;
  const needed = ["chromium", "libvk_swiftshader.so", "lib/libnss3.so", "fontconfig.conf"];
  const folder = cachedFolder(`chromium-${found.version}`, needed, (fresh) => {
    const unpacked = (name: string) => brotliDecompressSync(readFileSync(join(found.folder, "bin", name)));
    for (const name of ["swiftshader.tar.br", "al2023.tar.br", "fonts.tar.br"]) unpack(unpacked(name), name, fresh);
    writeFileSync(join(fresh, "chromium"), unpacked("chromium.br"), { mode: 0o755 });
    writeFileSync(join(fresh, "fontconfig.conf"), FONTS);
  });
  // The system's own libraries first: those of the package are for machines that have none.
  const libraries = [process.env.LD_LIBRARY_PATH, ...systemLibraryFolders(), join(folder, "lib"), folder];
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: libraries.filter(Boolean).join(":"),
    FONTCONFIG_FILE: join(folder, "fontconfig.conf"),
  };
  return { executablePath: join(folder, "chromium"), headless: "shell", env };
}

function systemLibraryFolders(): string[] {
  return ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"];
}

function unpack(tar: Uint8Array, archive: string, folder: string): void {
  for (const { name, kind, mode, data } of untar(tar, archive)) {
    if (kind !== "file") continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), data, { mode });
  }
}
