// Owns which version of the package this is.
import { readFileSync } from "node:fs";
export function version() {
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    return JSON.parse(manifest).version;
}
