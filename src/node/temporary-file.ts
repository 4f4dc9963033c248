// The files that outputs are written to until they are whole. Owns their names, which say whose they are, and the removal of those whose process
// was killed before it could do that itself. A file is removed only where its process is known to be dead: one of another machine, container
// or boot cannot be asked about, and stays.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemPath } from "./file-name.js";

const PREFIX = ".esrgan-webgpu";
const NAME = /^\.esrgan-webgpu-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}\.tmp$/;

let ownScope: string | undefined;
const lookedThrough = new Set<string>();

/** A name that no other file has, of a length that every file system takes, whatever the output is called. */
export function temporaryName(): string {
  const start = processStatus("self")?.start ?? 0;
  return `${PREFIX}-${scope()}-${process.pid}-${start}-${randomBytes(4).toString("hex")}.tmp`;
}

/** Removes what dead processes left in a folder; looks once. What cannot be removed stays. */
export async function removeAbandoned(folder: string): Promise<void> {
  if (lookedThrough.has(folder)) return;
  lookedThrough.add(folder);
  const entries = await readdir(systemPath(folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const [, where, pid, start] = NAME.exec(entry.name) ?? [];
    if (!entry.isFile() || where !== scope() || !isDead(Number(pid), Number(start))) continue;
    await unlink(systemPath(join(folder, entry.name))).catch(() => {});
  }
}

/** Where process ids mean the same: one boot and one namespace of ids and clocks, or one machine by its name. */
function scope(): string {
  ownScope ??= createHash("sha256").update(scopeParts().join("\n")).digest("hex").slice(0, 8);
  return ownScope;
}

function scopeParts(): string[] {
  if (process.platform !== "linux") return [hostname()];
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    return [boot, ...["pid", "time"].map((kind) => readlinkSync(`/proc/self/ns/${kind}`))];
  } catch {
    return [randomBytes(16).toString("hex")]; // of nobody else
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
