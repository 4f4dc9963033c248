// Owns the choice of precision and kernels by device. The table of kernels is conv-rules.ts.

import { type ConvForm, type ConvVariant, needsOf, supports, tileSizeOf } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { CONV_RULES, type KernelRule, PLAIN, SMALL_TILES } from "./conv-rules.js";

export { CONV_RULES, type KernelRule } from "./conv-rules.js";

/** How weights and activations are stored: float32 or half precision. */
export type Precision = "f32" | "f16";

export interface PrecisionChoice {
  readonly precision: Precision;
  readonly storage: Storage;
  /** Why this precision: half a sentence. */
  readonly why: string;
}

export function choosePrecision(requested: "auto" | Precision, device: DeviceCapabilities): PrecisionChoice {
  if (requested === "f32") return { precision: "f32", storage: "f32", why: "f32 was asked for" };
  if (requested === "f16") {
    if (device.kind === "software") {
      return {
        precision: "f16",
        storage: "packed-f16",
        why: "f16 was asked for; a software adapter loads halves packed in u32 by two",
      };
    }
    return device.shaderF16
      ? { precision: "f16", storage: "f16", why: "f16 was asked for" }
      : {
          precision: "f16",
          storage: "packed-f16",
          why: "f16 was asked for; without shader-f16 halves are stored packed in u32",
        };
  }
  if (device.kind === "software") {
    return {
      precision: "f32",
      storage: "f32",
      why: "a software adapter computes in f32 anyway, and has memory for it",
    };
  }
  return device.shaderF16
    ? { precision: "f16", storage: "f16", why: "the device has shader-f16, which halves memory at no visible loss" }
    : { precision: "f32", storage: "f32", why: "the device has no shader-f16" };
}

/** Whether the device has what the variant needs. */
export function canRun(variant: ConvVariant, device: DeviceCapabilities): boolean {
  const { math, subgroupLanes, pinnedSubgroup, matrix, softwareOnly } = needsOf(variant);
  return (
    (math === "f32" || device.shaderF16) &&
    device.subgroupMinSize >= subgroupLanes &&
    (pinnedSubgroup === undefined || canPin(device, pinnedSubgroup)) &&
    (matrix === undefined ||
      device.subgroupMatrices.some(({ m, n, k }) => m === matrix.m && n === matrix.n && k === matrix.k)) &&
    (!softwareOnly || device.kind === "software")
  );
}

/** Whether subgroups can be pinned to this size. */
function canPin({ subgroupSizeControl, subgroupMinSize, subgroupMaxSize }: DeviceCapabilities, size: number): boolean {
  return subgroupSizeControl && subgroupMinSize <= size && size <= subgroupMaxSize;
}

/**
 * The variant for convolutions of this form, in a network of `flops` at the picture's size: the first of the device's rule that it did
 * not refuse, else the next smaller tile of a direct kernel.
 */
export function chooseConv(
  device: DeviceCapabilities,
  form: ConvForm,
  storage: Storage,
  flops: number,
  isRefused: (variant: ConvVariant) => boolean = () => false,
): ConvVariant {
  const rule = ruleFor(device, storage, flops);
  const [first = PLAIN, ...others] = variantsFor(rule, form, storage);
  if (first.kind === "plain" || !isRefused(first)) return first;
  const own = [...ownTileOf(first), ...others.filter((variant) => !rule.alternatives?.includes(variant))];
  const found = own.find((variant) => !isRefused(variant));
  if (found) return found;
  const least = Math.min(...[first, ...own].map(tileSizeOf));
  const smaller = distinct([...(rule.alternatives ?? []), ...SMALL_TILES])
    .filter((variant) => variant.kind === "direct" && tileSizeOf(variant) < least)
    .filter((variant) => supports(variant, form, storage) && canRun(variant, device))
    .sort((a, b) => tileSizeOf(b) - tileSizeOf(a));
  return smaller.find((variant) => !isRefused(variant)) ?? PLAIN;
}

/** The variant without its other tile, which a device may refuse alone; none where it has none. */
function ownTileOf(variant: ConvVariant): ConvVariant[] {
  if (variant.kind !== "direct" || !variant.other) return [];
  const { other: _, ...own } = variant;
  return [own];
}

/** Why those variants. */
export function kernelReason(device: DeviceCapabilities, storage: Storage, flops: number): string {
  return ruleFor(device, storage, flops).reason;
}

/** The variants of a rule that compute convolutions of this form, best first. */
export function variantsFor(rule: KernelRule, form: ConvForm, storage: Storage): ConvVariant[] {
  const { variants, alternatives = [], exceptions = [] } = rule;
  const exception = exceptions.find(({ forms }) => forms(form));
  const all = exception ? exception.variants : [...variants, ...alternatives];
  return all.filter((variant) => supports(variant, form, storage));
}

/** Every variant of the rules, each once. */
export function variantsOf(rules: readonly KernelRule[]): ConvVariant[] {
  return distinct(
    rules.flatMap(({ variants, alternatives = [], exceptions = [] }) => [
      ...variants,
      ...alternatives,
      ...exceptions.flatMap((exception) => exception.variants),
    ]),
  );
}

// FLOP of networks on either side of every limit in the table.
const FLOPS_OF_PICTURES = [0, 5e10, Number.POSITIVE_INFINITY];

/** The rules that the device falls under with pictures of any size. */
export function rulesOf(device: DeviceCapabilities, storage: Storage): readonly KernelRule[] {
  return [...new Set(FLOPS_OF_PICTURES.map((flops) => ruleFor(device, storage, flops)))];
}

/** Each variant once. */
export function distinct(variants: readonly ConvVariant[]): ConvVariant[] {
  return [...new Map(variants.map((variant) => [JSON.stringify(variant), variant])).values()];
}

function ruleFor(device: DeviceCapabilities, storage: Storage, flops: number): KernelRule {
  return CONV_RULES.find((rule) => rule.when(device, storage, flops))!;
}
