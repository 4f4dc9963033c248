// Weights that a module carries are those of the file beside it, to the byte.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import espcn from "../../models/classics/espcn-x3.js";
import fsrcnn from "../../models/classics/fsrcnn-s-x3.js";

it.each([
  ["espcn-x3", espcn],
  ["fsrcnn-s-x3", fsrcnn],
])("%s", (name, load) => {
  const file = readFileSync(new URL(`../../models/classics/${name}.safetensors`, import.meta.url));
  expect(Buffer.compare(load(), file)).toBe(0);
});
