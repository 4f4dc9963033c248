// Frees what a test made, the last first.
import { afterEach } from "vitest";

const made: { destroy(): void }[] = [];

afterEach(() => {
  for (const each of made.splice(0).reverse()) each.destroy();
});

/** Frees it after the test. */
export function kept<T extends { destroy(): void }>(thing: T): T {
  made.push(thing);
  return thing;
}
