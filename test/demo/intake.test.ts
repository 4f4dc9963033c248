// Files that come onto the page: pasted pictures, and networks as communities publish them.

import type { Page } from "puppeteer";
import { expect, test } from "vitest";
import { rrdbWeights } from "../cases/networks.js";
import { legacyPthFile, pthFile, storedTensors } from "../weights/pth-file.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { inNode, levelsOf, mostOff, NETWORK, picture } from "./pictures.js";
import { type Dropped, downloaded, drop, untilStates, usePages } from "./site.js";

const SMALL = { blocks: 1, features: 4, growth: 2, ups: 1 };

let page: Page;

usePages("", (opened) => {
  page = opened.page;
});

const text = (selector: string) => page.$eval(selector, (element) => element.textContent ?? "");

/** What Ctrl+V sends to a page whose clipboard holds these. */
async function paste(files: readonly Dropped[], words = ""): Promise<void> {
  const sent = files.map(({ bytes, ...file }) => ({ ...file, base64: Buffer.from(bytes).toString("base64") }));
  await page.evaluate(
    (pasted, plain) => {
      const clipboardData = new DataTransfer();
      if (plain) clipboardData.setData("text/plain", plain);
      for (const { name, type, base64 } of pasted) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        clipboardData.items.add(new File([bytes], name, { type: type ?? "" }));
      }
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    },
    sent,
    words,
  );
}

test("a picture that is pasted is computed and shown; pasted words are left alone", async () => {
  await drop(page, NETWORK);
  await paste([], "only words");
  await paste([picture("image.png")]);
  await untilStates(page, "done");
  const { name, bytes } = await downloaded(page);
  expect(name).toBe("image-4x.png");
  const wanted = await inNode(picture(), NETWORK.bytes, { scale: 4 });
  expect(mostOff((await levelsOf(bytes)).data, wanted.data)).toBeLessThanOrEqual(1);
  expect(await page.$eval("#after", (canvas) => (canvas as HTMLElement).hidden)).toBe(false);
});

const COMMUNITY: readonly (readonly [what: string, file: Dropped])[] = [
  [
    "a .pth as zip, with average weights and the names of ESRGAN's code",
    {
      name: "zip.pth",
      bytes: pthFile({ params_ema: storedTensors(rrdbWeights({ ...SMALL, layout: "esrgan" }), "f16") }),
    },
  ],
  [
    "a legacy .pth with the names of the first ESRGAN code",
    { name: "legacy.pth", bytes: legacyPthFile(storedTensors(rrdbWeights({ ...SMALL, layout: "old-arch" }))) },
  ],
  [
    "a .safetensors with the names of the first ESRGAN code",
    { name: "old.safetensors", bytes: serializeSafetensors(rrdbWeights({ ...SMALL, layout: "old-arch" })) },
  ],
];

test.each(COMMUNITY)("%s that is dropped runs and shows", async (_, network) => {
  await drop(page, network, picture());
  await untilStates(page, "done");
  const found = await levelsOf((await downloaded(page)).bytes);
  const wanted = await inNode(picture(), network.bytes, { scale: 4 });
  expect([found.width, found.height]).toEqual([96, 64]);
  expect(mostOff(found.data, wanted.data)).toBeLessThanOrEqual(1);
  expect(await text("#facts")).toContain(`Network${network.name.replace(/\..*/, "")}`);
  expect(await page.$eval("#after", (canvas) => (canvas as HTMLCanvasElement).width)).toBe(96);
});

const CUT = COMMUNITY[0]![1].bytes;

test.each([
  ["is cut off", "cut.pth", CUT.subarray(0, CUT.length >> 1)],
  ["is a web page", "page.safetensors", new TextEncoder().encode("<!doctype html><title>Not found</title>")],
  ["holds no network", "other.pth", pthFile({ epoch: 3 })],
] as const)("a network that %s is refused in one sentence, and the page goes on", async (_, name, bytes) => {
  await drop(page, { name, bytes }, picture());
  await untilStates(page, "failed");
  const said = await text("#notice");
  expect(said).toContain(name);
  expect(said).toMatch(/^picture\.png: [^\n]+[^.]\.$/);
  await drop(page, NETWORK);
  await untilStates(page, "done");
});
