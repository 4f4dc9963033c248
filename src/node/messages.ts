// What the process that computes says to the one that watches it, and before that the command to the process.
import type { EngineProgress } from "./engine.js";
import type { OnTemporary } from "./temporary-file.js";
import type { Write } from "./whole-file.js";

/** What is worked on. */
export interface Subject {
  readonly input: string;
  /** Which of several, from 1. */
  readonly index?: number;
  readonly count?: number;
}

/** Whom the command talks to. */
export interface Listener {
  /** A line for standard output; with --print0 a name as it is. */
  result(line: string): void;
  /** A line for standard error. */
  note(line: string): void;
  /** How far the work is. */
  progress(subject: Subject, progress: EngineProgress): void;
  /** Hears of what is to be removed if the process ends early, before it is there. */
  readonly temporary: OnTemporary;
  /** A picture's bytes that are piped in. */
  standardInput(): AsyncIterable<Uint8Array>;
  /** Takes a picture's bytes. What it throws is the system's own error. */
  standardOutput: Write;
  /** Ends what would go on for ever; without one only the process's end does. */
  readonly signal?: AbortSignal;
}

export type Message =
  /** A line for standard output. */
  | { readonly result: string }
  /** A line for standard error. */
  | { readonly note: string }
  /** How far the work is. */
  | { readonly subject: Subject; readonly progress: EngineProgress }
  /** What is to be removed if the process ends early, before it is there, or is to be gone when the process is; see OnTemporary. */
  | { readonly temporary: string; readonly within?: string | undefined }
  | { readonly exitCode: number };
