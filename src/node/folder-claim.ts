// A folder that one process works in at a time. Owns how that is said: by a folder in it that is the process's own, for files that are not whole
// yet. Its name says whose it is, so that the one of a process that was killed is removed by the next; what such a process has left running still
// writes to files that have no name any more.
import { randomBytes } from "node:crypto";
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { removeFiles, systemPath } from "./file-name.js";
import { statusOf } from "./file-status.js";
import { makeFolders } from "./make-folders.js";
import { folderPrefix, type OnTemporary, type Temporary, temporariesIn } from "./temporary-file.js";

const BEAT_MS = 15_000;
const SILENT_MS = 120_000; // after so long without a beat a process that cannot be asked about counts as dead
const LOOKS = 6;

/** Why a folder could not be claimed. */
export class FolderTaken extends Error {
  constructor({ pid, owner }: Temporary) {
    const who = owner === "alive" ? `the process ${pid}` : "a process of another machine, container or boot";
    const until = `, or was until less than ${SILENT_MS / 60_000} minutes ago`;
    super(`${who} is at it${owner === "alive" ? "" : until}`);
  }
}

export class FolderClaim {
  private isLost = false;
  private readonly beat: NodeJS.Timeout;

  private constructor(
    readonly folder: string,
    /** A folder for this process's own files, which goes with the claim. */
    readonly own: string,
  ) {
    this.beat = setInterval(() => this.isAlive(), BEAT_MS).unref();
  }

  /**
   * Makes the folder, and claims it. Of several that begin at one moment one gets it: those step back who see a name before their own, and
   * that one waits for them. `onTemporary` hears beforehand what there will be of this process, and the folder that goes with it.
   * @throws FolderTaken where another process has it; else the system's own error
   */
  static async take(folder: string, onTemporary?: OnTemporary): Promise<FolderClaim> {
    const own = join(folder, `${folderPrefix()}${randomBytes(3).toString("hex")}`);
    await onTemporary?.(own, folder);
    for (let look = 1; ; look++) {
      const rivals = makeOwn(own) ? rivalsOf(own, folder) : undefined;
      if (rivals?.length === 0) return new FolderClaim(folder, own);
      const isLast = look === LOOKS && rivals !== undefined;
      if (isLast || rivals?.some(({ path }) => path < own)) rmSync(systemPath(own), { recursive: true, force: true });
      if (isLast) throw new FolderTaken(rivals[0]!);
      await sleep(20 + Math.random() * 150);
    }
  }

  /** Whether nobody has taken this process for dead, as may happen to one that stood still. */
  isHeld(): boolean {
    return !this.isLost && this.isAlive();
  }

  /** Gives it up, and removes the folder where nothing else is in it. */
  release(): void {
    clearInterval(this.beat);
    rmSync(systemPath(this.own), { recursive: true, force: true });
    try {
      rmdirSync(systemPath(this.folder));
    } catch {
      // What is kept in it, or the next process.
    }
  }

  /** Gives the own folder the time of the disk's clock, which that of this machine may differ from. */
  private isAlive(): boolean {
    const sign = systemPath(join(this.own, "alive"));
    try {
      mkdirSync(sign);
      rmdirSync(sign);
    } catch {
      this.isLost = true;
    }
    return !this.isLost;
  }
}

/** Makes a process's own folder where it is missing; not where the process before has just removed the folder that it is in. */
function makeOwn(own: string): boolean {
  makeFolders(dirname(own));
  try {
    makeFolders(own);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Those who work in the folder too. */
function rivalsOf(own: string, folder: string): Temporary[] {
  const now = statusOf(own)?.mtimeMs ?? 0;
  return temporariesIn(folder).filter(({ path, owner }) => {
    if (path === own) return false;
    if (owner === "alive" || (statusOf(path)?.mtimeMs ?? 0) > now - SILENT_MS) return true;
    removeFiles([path]);
    return false;
  });
}
