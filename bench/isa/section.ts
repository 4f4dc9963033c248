// Owns the marks between which the compiler's output of one kernel stands.

import type { Storage } from "../../src/shaders/kernel.js";

export interface KernelName {
  readonly shape: string;
  readonly storage: Storage;
  readonly variant: string;
  /** Whether the library chooses it on this device. */
  readonly isDefault: boolean;
  /** Multiply-accumulates of one trip of its loop as it is written; the compiler may make one of several. */
  readonly bodyMacs: number;
  /** Multiply-accumulates of a direct convolution for each one of this kernel's. */
  readonly directMacs: number;
  /** How many of a direct convolution's multiply-accumulates the network means: the others are of channels and taps that are padding. */
  readonly usefulShare: number;
  /** Trips that an invocation makes of the loop as it is written, and of the one around it. */
  readonly trips: number;
  readonly tripsAround: number;
}

/** How compiling a kernel ended. */
export interface Outcome {
  readonly ms: number;
  /** Why there is no pipeline: half a sentence. */
  readonly refused?: string;
}

export interface Section {
  readonly name: KernelName;
  readonly listing: string;
  readonly outcome: Outcome;
}

const START = "KERNEL ";
const END = "KERNEL END ";

export function sectionStart(name: KernelName): string {
  return START + JSON.stringify(name);
}

export function sectionEnd(outcome: Outcome): string {
  return END + JSON.stringify(outcome);
}

/** How many kernels were begun, and whether the last did not come to its end. */
export function progressOf(text: string): { readonly begun: number; readonly isOpen: boolean } {
  const begun = text.match(/^KERNEL \{/gm)?.length ?? 0;
  const ended = text.match(/^KERNEL END /gm)?.length ?? 0;
  return { begun, isOpen: begun > ended };
}

/** @throws Error where a section does not end */
export function readSections(text: string): Section[] {
  const sections: Section[] = [];
  for (const part of text.split(/^(?=KERNEL \{)/m)) {
    const [, name, rest] = /^KERNEL (\{.*\})\n([\s\S]*)/.exec(part) ?? [];
    if (name === undefined || rest === undefined) continue;
    const end = /^KERNEL END (\{.*\})$/m.exec(rest);
    if (!end) throw new Error(`The compiler did not come to the end of ${name}`);
    sections.push({
      name: JSON.parse(name) as KernelName,
      listing: rest.slice(0, end.index),
      outcome: JSON.parse(end[1]!) as Outcome,
    });
  }
  return sections;
}
