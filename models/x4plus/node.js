import { readFile } from "node:fs/promises";

export default function load() {
  return readFile(new URL("./x4plus.safetensors", import.meta.url));
}
