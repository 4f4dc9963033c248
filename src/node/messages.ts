// What the process that computes says to the one that watches it.
import type { EngineProgress } from "./engine.js";

export type Message =
  /** A line for standard output. */
  | { readonly result: string }
  /** A line for standard error. */
  | { readonly note: string }
  /** How far the work is on what is called so. */
  | { readonly progressOf: string; readonly progress: EngineProgress }
  /** A file to be removed if the process ends early, before it is there, or a folder that is to be gone when the process is. */
  | { readonly temporary: string }
  | { readonly exitCode: number };
