// The files that outputs are written to until they are whole, and folders that are not to outlive their process. Owns their names, which say
// whose they are, and the removal of those whose process was killed before it could do that itself. They are removed only where their process
// is known to be dead: one of another machine, container or boot cannot be asked about, and what it left stays.
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { systemPath } from "./file-name.js";

const NAME = /^\.?esrgan-webgpu-([0-9a-f]{8})-(\d+)-(\d+)-(?:[0-9a-f]{8}\.tmp|\w{6})$/;

/** Hears of a file or folder before it is there, and of a folder that goes with it where nothing else is in that. */
export type OnTemporary = (path: string, within?: string) => Promise<void> | void;

let ownScope: string | undefined;
const lookedThrough = new Set<string>();

/** A file name that no other file has, of a length that every file system takes, whatever the output is called. */
export function temporaryName(): string {
  const random = Math.floor(Math.random() * 2 ** 32);
  return `.${folderPrefix()}${random.toString(16).padStart(8, "0")}.tmp`;
}

/** What the name of a folder begins with that mkdtemp makes for this process. */
export function folderPrefix(): string {
  return `esrgan-webgpu-${scope()}-${process.pid}-${processStatus("self")?.start ?? 0}-`;
}

/** Removes what dead processes of this user left in a folder; looks once. What cannot be removed stays. */
export function removeAbandoned(folder: string): void {
  if (lookedThrough.has(folder)) return;
  lookedThrough.add(folder);
  temporariesIn(folder);
}

/** A temporary file or folder, and whether its process lives: "unknown" of one that cannot be asked about. */
export interface Temporary {
  readonly path: string;
  readonly pid: number;
  readonly owner: "alive" | "unknown";
}

/** What processes have in a folder. What dead ones of this user left is removed; what cannot be removed stays. */
export function temporariesIn(folder: string): Temporary[] {
  return namesIn(folder).flatMap((name): Temporary[] => {
    const [, where, id, start] = NAME.exec(name) ?? [];
    if (where === undefined) return [];
    const [path, pid] = [join(folder, name), Number(id)];
    if (where !== scope()) return [{ path, pid, owner: "unknown" }];
    if (!isDead(pid, Number(start))) return [{ path, pid, owner: "alive" }];
    try {
      // In a folder for all, another user may have put something of that name there.
      if (lstatSync(systemPath(path)).uid === (process.getuid?.() ?? 0)) rmSync(systemPath(path), { recursive: true });
    } catch {
      // Another process may have been faster.
    }
    return [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(systemPath(folder));
  } catch {
    return [];
  }
}

/** Where process ids mean the same: one boot and one namespace of ids and clocks, or one machine by its name. */
function scope(): string {
  ownScope ??= crc32(scopeParts().join("\n")).toString(16).padStart(8, "0");
  return ownScope;
}

function scopeParts(): string[] {
  if (process.platform !== "linux") return [hostname()];
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    return [boot, ...["pid", "time"].map((kind) => readlinkSync(`/proc/self/ns/${kind}`))];
  } catch {
    return [String(Math.random())]; // of nobody else
  }
}

function isDead(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  if (!processStatus("self")) return false;
  const status = processStatus(pid);
  if (!status) return false; // maybe of a user who hides it
  return status.start !== start || status.isZombie;
}

/** What Linux says of a process: when it was started, in ticks since the boot. Undefined elsewhere, and where /proc is of other ids. */
function processStatus(whose: number | "self"): { start: number; isZombie: boolean } | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const text = readFileSync(`/proc/${whose}/stat`, "utf8");
    const wanted = whose === "self" ? process.pid : whose;
    if (Number.parseInt(text, 10) !== wanted) return undefined;
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before may have spaces and brackets
    return { start: Number(fields[19]), isZombie: /[ZX]/.test(fields[0]!) };
  } catch {
    return undefined;
  }
}
