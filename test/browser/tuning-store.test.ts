// What was measured on a device is kept by the browser until the library has another version.

import { expect, test } from "vitest";
import { VERSION } from "../../src/version.js";
import { expectNoComplaints, useModulePage } from "./module-page.js";

/** What the page has as a global. */
declare const page: typeof import("./tuning-store-page.js");

const opened = useModulePage("tuning-store-page.ts");
expectNoComplaints(opened);

test("is given back, and what other versions kept is removed", async () => {
  expect(await opened().page.evaluate(() => page.load("a"))).toBeUndefined();
  await opened().page.evaluate(() => page.save("a", { choices: [1] }));
  await opened().page.evaluate(() => page.putUnder(["0.0.9 a", "9.9.9 a"]));
  expect(await opened().page.evaluate(() => page.load("a"))).toEqual({ choices: [1] });
  await opened().page.evaluate(() => page.save("b", 2));
  expect(await opened().page.evaluate(() => page.names())).toEqual([`${VERSION} a`, `${VERSION} b`]);
});

test("is measured again where nothing can be kept", async () => {
  const found = await opened().page.evaluate(async () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = () => {
      throw new DOMException("not in a private window", "SecurityError");
    };
    try {
      await page.save("c", 3);
      return [await page.load("c")];
    } finally {
      IDBFactory.prototype.open = open;
    }
  });
  // As pages send undefined.
  expect(found).toEqual([null]);
});
