// Weights that a module carries are those of the file beside it, to the byte.
import { readFileSync } from "node:fs";
import espcn from "@esrgan-webgpu/classics/espcn-x3";
import fsrcnn from "@esrgan-webgpu/classics/fsrcnn-s-x3";
import { expect, it } from "vitest";

it.each([
  ["espcn-x3", espcn],
  ["fsrcnn-s-x3", fsrcnn],
])("%s", (name, load) => {
  const file = readFileSync(new URL(`../../models/classics/${name}.safetensors`, import.meta.url));
  expect(Buffer.compare(load(), file)).toBe(0);
});
