// The peers' packages, which only this benchmark needs. Owns whether they are there and in the versions of package-lock.json.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STAMP = "node_modules/.installed-from"; // npm removes it with the folder

/** Installs what is missing into `folder`/node_modules. Of the packages' scripts none is run: nothing here needs one. */
export async function installPeers(folder: string, onProgress: (line: string) => void): Promise<void> {
  const wanted = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (read(join(folder, STAMP)) === wanted) return;
  onProgress("installing the peers (npm ci) ...");
  await new Promise<void>((resolve, reject) => {
    const npm = spawn("npm", ["ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], {
      cwd: folder,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32", // npm is a script there
    });
    npm.on("error", reject);
    npm.on("close", (code) => (code === 0 ? resolve() : reject(new Error("npm ci failed in bench/peers"))));
  });
  writeFileSync(join(folder, STAMP), wanted);
}

/** The version of an installed peer. */
export function versionOf(folder: string, name: string): string {
  return (JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as { version: string })
    .version;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
