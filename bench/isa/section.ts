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
}

export interface Section {
  readonly name: KernelName;
  readonly listing: string;
}

const START = "KERNEL ";

export const sectionEnd = "KERNEL END";

export function sectionStart(name: KernelName): string {
  return START + JSON.stringify(name);
}

/** @throws Error where a section does not end */
export function readSections(text: string): Section[] {
  const sections: Section[] = [];
  for (const part of text.split(/^(?=KERNEL \{)/m)) {
    const [, name, listing] = /^KERNEL (\{.*\})\n([\s\S]*)/.exec(part) ?? [];
    if (name === undefined || listing === undefined) continue;
    const end = listing.indexOf(`${sectionEnd}\n`);
    if (end < 0) throw new Error(`The compiler did not come to the end of ${name}`);
    sections.push({ name: JSON.parse(name) as KernelName, listing: listing.slice(0, end) });
  }
  return sections;
}
