// Opens a page that has a test's own module, written in TypeScript, as the global `page`. Owns bundling it and collecting complaints.
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { startBrowser } from "./chromium.js";
import { type ServedFile, type Server, startServer } from "./server.js";

export interface ModulePage {
  readonly page: Page;
  readonly server: Server;
  /** Errors and warnings that the page and its console had since this was last emptied. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** What each of a test file's pages has as a global. */
declare const page: { uncaptured(): unknown };

/** Opens `module`, a file of this folder, for all tests of the file that calls it. They are skipped where no browser starts, which is noted. */
export function useModulePage(module: string, files: Readonly<Record<string, ServedFile>> = {}): () => ModulePage {
  let opened: ModulePage | undefined;
  beforeAll(async () => {
    opened = await openModulePage(module, files);
  });
  afterAll(() => opened?.close());
  beforeEach((context) => {
    if (!opened) context.skip("no browser");
  });
  return () => opened as ModulePage;
}

/** After each test, neither the page nor its device may have complained. */
export function expectNoComplaints(opened: () => ModulePage | undefined): void {
  afterEach(async () => {
    expect(await opened()?.page.evaluate(() => page.uncaptured())).toEqual(opened() && []);
    expect(opened()?.complaints.splice(0)).toEqual(opened() && []);
  });
}

async function openModulePage(
  module: string,
  files: Readonly<Record<string, ServedFile>> = {},
): Promise<ModulePage | undefined> {
  const browser = await startBrowser();
  if (!browser) return undefined;
  const server = await startServer({
    ...files,
    blank: { type: "text/html", body: "<!doctype html><title>test</title>" },
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${server.url}blank`);
  await page.addScriptTag({ type: "module", content: await bundled(module) });
  await page.waitForFunction("globalThis.page");
  return { page, server, complaints, close: () => close(browser, server) };
}

async function close(browser: Browser, server: Server): Promise<void> {
  await browser.close();
  await server.close();
}

/** A module of this folder and all that it imports, as the global `page` where that is asked for. */
export async function bundled(module: string, { asPage = true } = {}): Promise<string> {
  const entry = "entry";
  const path = fileURLToPath(new URL(module, import.meta.url));
  const build = await rolldown({
    input: entry,
    // Scripts are not there for what they export; package.json speaks of the package alone.
    treeshake: asPage,
    plugins: [
      {
        name: entry,
        resolveId: (id) => (id === entry ? entry : undefined),
        load: (id) => (id === entry ? entryOf(path, asPage) : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", codeSplitting: false });
  await build.close();
  return output[0].code;
}

function entryOf(path: string, asPage: boolean): string {
  const from = JSON.stringify(path);
  return asPage ? `import * as page from ${from}; globalThis.page = page;` : `import ${from};`;
}
