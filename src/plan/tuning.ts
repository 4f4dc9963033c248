// Owns the table of measured choices: which convolution variant serves which form on one device. Measuring is gpu/tuner.ts.

import { EsrganError } from "../errors.js";
import type { FusedConv, FusedGraph } from "../graph/fuse.js";
import type { ConvForm, ConvVariant } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { canRun, distinct, rulesOf, variantsFor } from "./choose-kernel.js";
import { PLAIN } from "./conv-rules.js";
import { formOf } from "./plan-convs.js";

/** Measured choices: plain data, to be kept as JSON and passed back in. */
export interface TuningTable {
  /** Of the table's form. */
  readonly version: 1;
  /** The device and storage it was measured with; it serves no others. */
  readonly device: string;
  /** How weights and activations were stored. */
  readonly storage: Storage;
  /** None for software adapters, which take the built-in choices. */
  readonly choices: readonly TunedChoice[];
}

/** The kernel that convolutions of one form get. */
export interface TunedChoice {
  /** Size of the kernel, upsampling before and pixel shuffle after it. */
  readonly form: ConvForm;
  /** The fastest that was right. */
  readonly variant: ConvVariant;
  /** What was measured, best first. */
  readonly measured: readonly TunedMeasurement[];
}

/** What one kernel took. */
export interface TunedMeasurement {
  /** Which kernel. */
  readonly variant: ConvVariant;
  /** Median milliseconds of one dispatch, or why there is none. */
  readonly ms: number | undefined;
  /** Why it was not measured, or not trusted. */
  readonly refused?: string;
}

/** The variant that was measured for a form, if one was. */
export type TunedChooser = (form: ConvForm) => ConvVariant | undefined;

/** The device as a tuning table names it. */
export function deviceName({ vendor, architecture, description }: DeviceCapabilities): string {
  return [vendor, architecture, description].filter(Boolean).join(" ") || "unnamed";
}

/**
 * The variants that may be measured on the device, each once and its own first: those of the rules that it
 * falls under, with their alternatives. What another vendor's rule holds is no candidate: its compiler may
 * refuse it, or spill it.
 */
export function candidates(device: DeviceCapabilities, form: ConvForm, storage: Storage): ConvVariant[] {
  const variants = rulesOf(device, storage).flatMap((rule) => variantsFor(rule, form, storage));
  return distinct(variants).filter((variant) => canRun(variant, device));
}

/** For each form of a network's convolutions the one with the most weights: the others are close to it or cheap. */
export function costliest(fused: FusedGraph): FusedConv[] {
  const byForm = new Map<string, FusedConv>();
  for (const node of fused.nodes) {
    if (node.op !== "conv2d") continue;
    const key = formKey(formOf(node));
    const size = (conv: FusedConv) => conv.weight.shape.reduce((product, n) => product * n, 1);
    const found = byForm.get(key);
    if (!found || size(node) > size(found)) byForm.set(key, node);
  }
  return [...byForm.values()];
}

/** The choice that follows from what was measured: the plain kernel where nothing else computed the form. */
export function bestOf(form: ConvForm, found: readonly TunedMeasurement[]): TunedChoice {
  const time = ({ ms }: TunedMeasurement) => ms ?? Number.POSITIVE_INFINITY;
  const measured = [...found].sort((a, b) => time(a) - time(b));
  const best = measured[0];
  return { form, variant: best?.ms === undefined ? PLAIN : best.variant, measured };
}

/**
 * Looks choices up in `table`; undefined where it holds none.
 * @throws EsrganError "bad-input" if it is no tuning table, or one of another device or storage
 */
export function tunedChooser(
  table: TuningTable,
  device: DeviceCapabilities,
  storage: Storage,
): TunedChooser | undefined {
  if (table?.version !== 1 || !Array.isArray(table.choices)) {
    throw new EsrganError("bad-input", "The tuning is not a table that tune() returned");
  }
  if (table.device !== deviceName(device) || table.storage !== storage) {
    throw new EsrganError(
      "bad-input",
      `The tuning table is of ${table.device} with ${table.storage} storage, this is ${deviceName(device)} with ${storage}`,
    );
  }
  const choices = new Map(table.choices.map(({ form, variant }) => [formKey(form), variant]));
  for (const [key, variant] of choices) {
    // The library may have changed since: what it no longer has, it cannot run.
    const form = table.choices.find((choice) => formKey(choice.form) === key)!.form;
    const known = candidates(device, form, storage).some((each) => JSON.stringify(each) === JSON.stringify(variant));
    if (!known && variant.kind !== "plain") choices.delete(key);
  }
  return choices.size > 0 ? (form) => choices.get(formKey(form)) : undefined;
}

function formKey({ kernel, upsample, shuffle }: ConvForm): string {
  return `${kernel} ${upsample} ${shuffle}`;
}
