// Owns what the benchmark reports: a row for each thing measured, and all rows with what one must know to read them. Plain data.

import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import type { Storage } from "../../src/shaders/kernel.js";
import type { Parity } from "./parity.js";
import type { Peaks } from "./peaks.js";
import type { Summary } from "./statistics.js";

export type SuiteName = "kernels" | "networks";

interface RowHead {
  /** Unique in a report; what --filter looks at. */
  readonly id: string;
  /** "conv2d 64->32", or a network's name. */
  readonly shape: string;
  readonly width: number;
  readonly height: number;
  readonly storage: Storage;
  /** A kernel's variant; for a network those it is made of. */
  readonly variant: string;
  /** Why there are no figures, or what is to be known about them. */
  readonly note?: string;
}

/** Time and what follows from it. */
export interface Timing extends Summary {
  /** Milliseconds of one run, each the mean over `repeats` in one pass. */
  readonly samples: readonly number[];
  readonly repeats: number;
  /** Billions a second, as a direct convolution would count them, whatever the kernel does. */
  readonly gflops: number;
}

/** "failed" rows were not timed: their result was wrong or they did not run. "skipped" ones were not tried. */
export type Outcome<T> =
  | ({ readonly status: "timed"; readonly parity: Parity } & T)
  | { readonly status: "failed"; readonly parity?: Parity }
  | { readonly status: "skipped" };

export interface KernelFigures {
  readonly timing: Timing;
  readonly gigabytesPerSecond: number;
  /** What the roofline allows at best, in GFLOP/s, or in GB/s for operations without arithmetic; and the share reached. */
  readonly roofShare: number;
  readonly bound: "compute" | "memory";
  /** From the kernel's text to a first result of 37x21 pixels: compiling, mostly. */
  readonly firstRunMs: number;
}

export type KernelRow = RowHead & {
  readonly suite: "kernels";
  readonly where: string;
  /** Whether the library would choose this variant here. */
  readonly isDefault: boolean;
  readonly math: "f32" | "f16";
  readonly flops: number;
  readonly bytes: number;
} & Outcome<KernelFigures>;

export interface NetworkFigures {
  /** The whole call, from pixels to pixels. */
  readonly timing: Timing;
  /** What its dispatches reach each by itself, together, in GFLOP/s; undefined where it was not measured. */
  readonly kernelsGflops: number | undefined;
}

export type NetworkRow = RowHead & {
  readonly suite: "networks";
  readonly blocks: number;
  readonly flops: number;
  readonly dispatches: number;
  readonly peakBytes: number;
} & Outcome<NetworkFigures>;

export type Row = KernelRow | NetworkRow;

export interface Report {
  readonly format: 1;
  readonly library: { readonly name: string; readonly version: string };
  /** ISO 8601. */
  readonly date: string;
  /** How to get this report again. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly adapter: DeviceCapabilities & { readonly features: readonly string[] };
  readonly clock: { readonly kind: string; readonly why: string };
  readonly peaks: Peaks;
  readonly rows: readonly Row[];
}
