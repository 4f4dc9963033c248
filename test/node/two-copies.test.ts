// Two copies of the library in one process, as package managers install them: what they change of the process they change together.
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const { setImmediate: original } = globalThis;
const environment = { ...process.env };
beforeEach(() => vi.resetModules());
afterEach(() => {
  globalThis.setImmediate = original;
});

async function copies<T>(load: () => Promise<T>): Promise<[T, T]> {
  const first = await load();
  vi.resetModules();
  return [first, await load()];
}

test("setImmediate is the platform's again once both are done, in whichever order", async () => {
  const [first, second] = await copies(() => import("../../src/node/dawn-polling.js"));
  expect(first).not.toBe(second);
  const restoreFirst = first.slowDownPolling();
  const { setImmediate: slower } = globalThis;
  expect(slower).not.toBe(original);
  const restoreSecond = second.slowDownPolling();
  expect(globalThis.setImmediate).toBe(slower);
  restoreFirst();
  restoreFirst();
  expect(globalThis.setImmediate).toBe(slower);
  restoreSecond();
  expect(globalThis.setImmediate).toBe(original);
});

test("setImmediate that another has wrapped meanwhile is left to them", async () => {
  const { slowDownPolling } = await import("../../src/node/dawn-polling.js");
  const restore = slowDownPolling();
  const { setImmediate: slower } = globalThis;
  const wrapped = ((...words: Parameters<typeof original>) => slower(...words)) as typeof original;
  globalThis.setImmediate = wrapped;
  restore();
  expect(globalThis.setImmediate).toBe(wrapped);
});

test("drivers are chosen by one at a time", async () => {
  const [first, second] = await copies(() => import("../../src/node/vulkan.js"));
  const seen: (string | undefined)[] = [];
  const look = async () => {
    seen.push(process.env.VK_DRIVER_FILES);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.push(process.env.VK_DRIVER_FILES);
  };
  await Promise.all([first.withDriver("a.json", look), second.withDriver("b.json", look)]);
  expect(seen).toEqual(["a.json", "a.json", "b.json", "b.json"]);
  expect(process.env).toEqual(environment);
});
