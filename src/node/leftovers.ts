// What a process leaves that ends early. Owns which files these are; whoever watches the process is told of them before they are there.
import { rmdirSync } from "node:fs";
import { removeFiles, systemPath } from "./file-name.js";

export class Leftovers {
  private readonly paths = new Set<string>();
  private readonly folders = new Set<string>();

  /** `within` is a folder that goes too where nothing else is in it. */
  add(path: string, within?: string): void {
    this.paths.add(path);
    if (within !== undefined) this.folders.add(within);
  }

  /** Removes those that are there. What cannot be removed stays. */
  remove(): void {
    removeFiles(this.paths);
    for (const folder of this.folders) {
      try {
        rmdirSync(systemPath(folder));
      } catch {
        // What is kept in it.
      }
    }
  }
}
