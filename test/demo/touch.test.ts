// The picture page by fingers: the events that a touch screen sends, at the size of a phone.

import type { CDPSession, Page } from "puppeteer";
import { expect, test } from "vitest";
import { NETWORK, picture } from "./pictures.js";
import { drop, untilStates, usePages } from "./site.js";

interface Finger {
  readonly x: number;
  readonly y: number;
}

let page: Page;
let session: CDPSession;
/** Of the stage, in pixels of the page. */
let stage: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

usePages("", async (opened) => {
  page = opened.page;
  await page.setViewport({ width: 390, height: 844, hasTouch: true, isMobile: true });
  session = await page.createCDPSession();
  await drop(page, NETWORK, picture());
  await untilStates(page, "done");
  await page.$eval("#stage", (element) => element.scrollIntoView({ block: "start", behavior: "instant" }));
  stage = (await (await page.$("#stage"))!.boundingBox())!;
});

/** A place in the stage, by its share of width and height. */
const at = (x: number, y: number): Finger => ({ x: stage.x + x * stage.width, y: stage.y + y * stage.height });

/** Fingers go down where the paths begin, together along them, and up. */
async function swipe(...paths: readonly (readonly [from: Finger, to: Finger])[]): Promise<void> {
  const STEPS = 4;
  const send = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: object[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: touchPoints as never });
  const points = (share: number) =>
    paths.map(([from, to], id) => ({ x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y), id }));
  await send("touchStart", points(0));
  for (let step = 1; step <= STEPS; step++) await send("touchMove", points(step / STEPS));
  await send("touchEnd", []);
}

/** Where the result lies in the stage. */
async function place() {
  const transform = await page.$eval("#after", (canvas) => (canvas as HTMLElement).style.transform);
  const [x, y, zoom] = transform.match(/-?[\d.]+(e-\d+)?/g)!.map(Number) as [number, number, number];
  return { x, y, zoom };
}

test("the slider follows a finger, from edge to edge", async () => {
  const value = () => page.$eval("#split", (split) => Number(split.getAttribute("aria-valuenow")));
  await swipe([at(0.5, 0.5), at(0.25, 0.6)]);
  expect(await value()).toBe(25);
  await swipe([at(0.25, 0.3), at(0.9, 0.3)]);
  expect(await value()).toBe(90);
  // Beside it the picture is taken, not the slider.
  await swipe([at(0.5, 0.5), at(0.7, 0.5)]);
  expect(await value()).toBe(90);
});

test("two fingers zoom around their middle, one pans, and the page does not scroll", async () => {
  const scrolled = () => page.evaluate(() => [scrollX, scrollY, visualViewport!.scale]);
  const before = await scrolled();
  const fitted = await place();
  const fingers = [
    [at(0.2, 0.6), at(0.1, 0.65)],
    [at(0.3, 0.5), at(0.4, 0.45)],
  ] as const;
  const apart = (end: 0 | 1) =>
    Math.hypot(fingers[0][end].x - fingers[1][end].x, fingers[0][end].y - fingers[1][end].y);
  await swipe(...fingers);
  const zoomed = await place();
  expect(zoomed.zoom / fitted.zoom).toBeCloseTo(apart(1) / apart(0), 1);
  // What was between them stays there.
  const under = ({ x, zoom }: typeof fitted) => (0.25 * stage.width - x) / zoom;
  expect(Math.abs(under(zoomed) - under(fitted))).toBeLessThan(3);

  await swipe([at(0.3, 0.6), at(0.2, 0.5)]);
  const panned = await place();
  expect(panned.zoom).toBe(zoomed.zoom);
  expect(panned.x - zoomed.x).toBeCloseTo(-0.1 * stage.width, 0);
  expect(panned.y).toBeLessThanOrEqual(zoomed.y);
  expect(await scrolled()).toEqual(before);
  // A tap while the browser still counts the swipe as going on only ends that.
  const fit = async () => {
    await page.tap("#zoom-fit");
    return (await place()).zoom;
  };
  await expect.poll(fit, { timeout: 20_000, interval: 1000 }).toBe(fitted.zoom);
  expect(await place()).toEqual(fitted);
});

test("outside the stage a finger scrolls the page", async () => {
  const top = await page.evaluate(() => scrollY);
  const below = stage.y + stage.height + 120;
  await swipe([
    { x: 200, y: below },
    { x: 200, y: below - 300 },
  ]);
  await page.waitForFunction((before) => scrollY > before + 50, {}, top);
});
