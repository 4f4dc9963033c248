// Owns what all measurements of one run share: the device, its clock and peaks, how much time may be spent, and where rows go.

import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import type { Model } from "../../src/models/model.js";
import type { ConvForm, ConvVariant } from "../../src/ops/conv2d.kernels.js";
import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import { canRun, chooseConv, choosePrecision } from "../../src/plan/choose-kernel.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { type Clock, openClock } from "./clock.js";
import { type Effort, QUICK, THOROUGH } from "./measure.js";
import { measurePeaks, type Peaks } from "./peaks.js";
import type { Report, Row } from "./row.js";

/** `isDefault` is false for kernels that the library would not choose. */
export type RowFilter = (id: string, isDefault: boolean) => boolean;

export interface SessionOptions {
  readonly device: GPUDevice;
  /** The adapter's, where that says more than the device's. */
  readonly adapterInfo?: GPUAdapterInfo | undefined;
  /** Measured too where the device can run them. */
  readonly variants?: readonly ConvVariant[] | undefined;
  /** Runs only rows whose id holds all of these words, in any case, or that it says yes to. */
  readonly filter?: string | RowFilter | undefined;
  /** Fewer variants, smaller pictures, fewer samples: to see that it works. */
  readonly quick?: boolean | undefined;
  /** Seconds that one network row may take. */
  readonly rowSeconds?: number | undefined;
  /** Reads the weights of a bundled model by name. */
  readonly loadModel: (name: string) => Promise<Model>;
  /** Hears of the device before the first row. */
  readonly onReady?: ((conditions: Conditions) => void) | undefined;
  readonly onRow: (row: Row) => void;
  /** Hears what is being measured next. */
  readonly onStep?: ((what: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a report says of the device. */
export type Conditions = Pick<Report, "adapter" | "clock" | "peaks">;

export interface Session {
  readonly conditions: Conditions;
  readonly device: GPUDevice;
  readonly capabilities: DeviceCapabilities;
  /** What the library stores values in on this device by default. */
  readonly storage: Storage;
  readonly clock: Clock;
  readonly peaks: Peaks;
  readonly effort: Effort;
  readonly quick: boolean;
  /** Measured beside the library's choice and the candidates. */
  readonly variants: readonly ConvVariant[];
  /** Whether the caller asked for certain rows, which then are run whatever they cost. */
  readonly isFiltered: boolean;
  /** Milliseconds that one dispatch of the kernel suite may take, by a rough guess. */
  readonly dispatchMs: number;
  readonly compileLimitMs: number;
  readonly rowMs: number;
  readonly loadModel: (name: string) => Promise<Model>;
  readonly signal: AbortSignal | undefined;
  readonly rows: readonly Row[];
  /** The library's choice for convolutions of this form in large pictures. */
  chosen(form: ConvForm, storage: Storage): ConvVariant;
  readonly wants: RowFilter;
  add(row: Row): void;
  onStep(what: string): void;
  destroy(): void;
}

// A GPU needs a dispatch of some milliseconds to be filled and not to freeze the screen; a software adapter takes as much for a
// picture of 16 pixels, so its dispatches may be long.
const DISPATCH_MS = { gpu: 30, software: 150, quick: 40 } as const;

// Some software adapters compile unrolled kernels for minutes.
const COMPILE_LIMIT_MS = 10_000;

const ROW_SECONDS = { gpu: 10, software: 60, quick: 5 } as const;

/** Measures the device's clock and peaks. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { device, filter, quick = false, signal, loadModel } = options;
  const capabilities = capabilitiesOf(device, options.adapterInfo);
  const software = capabilities.kind === "software";
  const onStep = options.onStep ?? (() => {});
  onStep("the clock");
  const clock = await openClock(device);
  onStep("the device's peaks");
  const effort = quick ? QUICK : THOROUGH;
  const peaks = await measurePeaks(device, clock, software, effort, signal);
  const conditions: Conditions = {
    adapter: { ...capabilities, features: [...device.features].sort() },
    clock: { kind: clock.kind, why: clock.why },
    peaks,
  };
  options.onReady?.(conditions);
  const rows: Row[] = [];
  return {
    conditions,
    device,
    capabilities,
    storage: choosePrecision("auto", capabilities).storage,
    clock,
    peaks,
    effort,
    quick,
    variants: (options.variants ?? []).filter((variant) => canRun(variant, capabilities)),
    isFiltered: Boolean(filter),
    dispatchMs: quick ? DISPATCH_MS.quick : DISPATCH_MS[capabilities.kind],
    compileLimitMs: COMPILE_LIMIT_MS,
    rowMs: 1000 * (options.rowSeconds ?? (quick ? ROW_SECONDS.quick : ROW_SECONDS[capabilities.kind])),
    loadModel,
    signal,
    rows,
    chosen: (form, storage) => chooseConv(capabilities, form, storage, Number.POSITIVE_INFINITY),
    wants: typeof filter === "function" ? filter : (id) => hasAllWords(id, filter ?? ""),
    add(row) {
      rows.push(row);
      options.onRow(row);
    },
    onStep,
    destroy: () => clock.destroy(),
  };
}

/** Whether all words of `filter` stand in `id`, in any case. */
export function hasAllWords(id: string, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => id.toLowerCase().includes(word));
}
