// Builds the site as it is published and opens it in a browser, served from a folder of a host that has others. Owns what the tests see of it:
// complaints, downloads, and pictures that are dropped.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { startBrowser } from "../browser/chromium.js";
import { type ServedFile, type Server, startServer } from "../browser/server.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const FOLDER = "some/where";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
  ".txt": "text/plain",
};

/** A file that is dropped. */
export interface Dropped {
  readonly name: string;
  readonly type?: string;
  readonly bytes: Uint8Array;
}

export interface Site {
  readonly url: string;
  readonly browser: Browser;
  readonly server: Server;
  close(): Promise<void>;
}

/** Undefined where no browser starts, which is noted. */
async function openSite(): Promise<Site | undefined> {
  const browser = await startBrowser();
  if (!browser) return undefined;
  const server = await startServer(await builtFiles());
  const url = `${server.url}${FOLDER}/`;
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { url, browser, server, close };
}

async function builtFiles(): Promise<Record<string, ServedFile>> {
  const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-demo-"));
  try {
    await build(folder);
    const files: Record<string, ServedFile> = {};
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/");
      const body = Uint8Array.from(readFileSync(join(folder, path)));
      const served = { type: TYPES[extname(path)] ?? "application/octet-stream", body };
      files[`${FOLDER}${path}`] = served;
      if (path === "/index.html") files[`${FOLDER}/`] = served;
    }
    return files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function build(folder: string): Promise<void> {
  const child = spawn(process.execPath, ["demo/run.mjs", "build"], {
    cwd: root,
    env: { ...process.env, ESRGAN_DEMO_OUT: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`The site was not built: ${said}`))));
  });
}

/** What a test has of the site: `page` is its own. */
export interface Opened {
  readonly site: Site;
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens the site for the tests of a file, and for each the page at `path`, which is given to `ready` and must not have complained in the end. */
export function usePages(path: string, ready: (opened: Opened) => void | Promise<void>): void {
  let site: Site | undefined;
  let opened: Opened;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site?.close());
  beforeEach(async (context) => {
    if (!site) return context.skip("no browser");
    opened = { site, ...(await openPage(site, path)) };
    await ready(opened);
  });
  afterEach(async () => {
    if (!site) return;
    expect(opened.complaints).toEqual([]);
    await opened.page.close();
  });
}

/** A page of the site, and what it and its console complain of. Software adapters make Chromium warn of itself, not of the page. */
export async function openPage(site: Site, path = ""): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const page = await site.browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}${path}`);
  return { page, complaints };
}

/** Drops files onto the page. */
export async function drop(page: Page, ...files: readonly Dropped[]): Promise<void> {
  const sent = files.map(({ name, type = "", bytes }) => ({
    name,
    type,
    base64: Buffer.from(bytes).toString("base64"),
  }));
  await page.evaluate((dropped) => {
    const dataTransfer = new DataTransfer();
    for (const { name, type, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type }));
    }
    document.querySelector("#stage")!.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
  }, sent);
}

/** Waits until the pictures in the queue are in these states. */
export async function untilStates(page: Page, ...states: readonly string[]): Promise<void> {
  const wanted = states.join();
  await page.waitForFunction(
    (text) =>
      [...document.querySelectorAll<HTMLElement>("#queue li")].map(({ dataset }) => dataset.state).join() === text,
    { timeout: 90_000 },
    wanted,
  );
}

/** What axe finds of the page as it is now. */
export async function axeFaults(page: Page): Promise<unknown> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

/** What the download button gives: a file's name, type and bytes. */
export async function downloaded(page: Page, type = "image/png") {
  await page.select("#type", type);
  const { base64, ...file } = await page.evaluate(async () => {
    const make = URL.createObjectURL;
    const click = HTMLAnchorElement.prototype.click;
    const blobs: Blob[] = [];
    URL.createObjectURL = (object) => {
      blobs.push(object as Blob);
      return make.call(URL, object);
    };
    try {
      const name = await new Promise<string>((resolve) => {
        HTMLAnchorElement.prototype.click = function () {
          resolve(this.download);
        };
        document.querySelector<HTMLButtonElement>("#download")!.click();
      });
      const bytes = new Uint8Array(await blobs[0]!.arrayBuffer());
      const letters = Array.from(bytes, (byte) => String.fromCharCode(byte));
      return { name, type: blobs[0]!.type, base64: btoa(letters.join("")) };
    } finally {
      URL.createObjectURL = make;
      HTMLAnchorElement.prototype.click = click;
    }
  });
  return { ...file, bytes: new Uint8Array(Buffer.from(base64, "base64")) };
}
