// Runs ffmpeg and ffprobe, which are the user's own. Owns their processes and what is said when they fail; what they are told is their callers'.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { EsrganError } from "../../index.js";
import { printable, systemPath } from "../file-name.js";

/** A process that reads what is written to it, and prints. */
export interface FfmpegProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Once it has ended well. @throws EsrganError "bad-input" with what it said */
  readonly done: Promise<void>;
  /** The first error that it named, which need not have ended it. */
  firstError(): string | undefined;
  /** Ends it at once. */
  stop(): void;
}

const KEPT_LINES = 20;

/** Starts a tool. `onLine` hears each line that it says and returns whether that is no complaint. */
export function startFfmpeg(
  tool: "ffmpeg" | "ffprobe",
  words: readonly string[],
  purpose: string,
  onLine: (line: string) => boolean = () => false,
): FfmpegProcess {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(tool, words, { stdio: "pipe" });
  child.stdin.on("error", () => {}); // its end says why
  const complaints: string[] = [];
  let firstError: string | undefined;
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (onLine(line) || line.trim() === "") continue;
      complaints.push(line.trim());
      if (/\[(?:error|fatal)\]/.test(line)) firstError ??= bare(line);
    }
    complaints.splice(0, complaints.length - KEPT_LINES);
  });
  const done = new Promise<void>((resolve, reject) => {
    child.on("error", (error) => reject(notStarted(tool, error)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(tool, purpose, [...complaints, rest.trim()], signal ?? `exit code ${code}`));
    });
  });
  done.catch(() => {}); // whoever waits hears of it
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    done,
    firstError: () => firstError,
    stop: () => void child.kill("SIGKILL"),
  };
}

/** What a tool prints. @throws EsrganError "bad-input" */
export async function outputOf(tool: "ffmpeg" | "ffprobe", words: readonly string[], purpose: string): Promise<string> {
  const running = startFfmpeg(tool, words, purpose);
  running.stdin.end();
  let text = "";
  running.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await running.done;
  return text;
}

/** A file's name as ffmpeg takes it: no option, no protocol. One that is no UTF-8, which Node gives to no process, by what this one has open. */
export function fileWord(path: string): string {
  const isPlain = (name: string) => typeof systemPath(name) === "string";
  if (isPlain(path)) return `file:${path}`;
  return isPlain(basename(path)) ? `file:${opened(dirname(path))}/${basename(path)}` : `file:${opened(path)}`;
}

const descriptors = new Map<string, number>();

/** A file's or folder's name for other processes as long as this one lives. */
function opened(path: string): string {
  const descriptor = descriptors.get(path) ?? openSync(systemPath(path), "r");
  descriptors.set(path, descriptor);
  return `/proc/${process.pid}/fd/${descriptor}`;
}

function notStarted(tool: string, cause: NodeJS.ErrnoException): EsrganError {
  const why = cause.code === "ENOENT" ? "was not found; install ffmpeg, or put its folder into PATH" : cause.message;
  return new EsrganError("bad-input", `Videos are read and written by ffmpeg, and ${tool} ${why}`, { cause });
}

function failed(tool: string, purpose: string, complaints: readonly string[], how: string): EsrganError {
  const said = complaints.filter(
    (line) => line !== "" && !/^Conversion failed|^Error (?:opening|initializing) output/.test(line),
  );
  const why = bare(said[0] ?? `it ended with ${how}`);
  return new EsrganError("bad-input", `${purpose}: ${tool} says: ${printable(why)}`);
}

/** A line without who says it and how loudly. */
function bare(line: string): string {
  return line
    .trim()
    .replace(/^(?:\[[^\]]*\] )+/, "")
    .replace(/[.:\s]+$/, "");
}
