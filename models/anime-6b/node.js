import { readFile } from "node:fs/promises";

export default function load() {
  return readFile(new URL("./anime-6b.safetensors", import.meta.url));
}
