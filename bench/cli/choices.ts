// Owns the table of choices as docs/performance.md shows it: which kernels each kind of device gets. The choices themselves are
// src/plan/choose-kernel.ts.

import { type ConvVariant, needsOf } from "../../src/ops/conv2d.kernels.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import { CONV_RULES, type KernelRule } from "../../src/plan/choose-kernel.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { SUBJECTS } from "../harness/subjects.js";
import { planTarget } from "../harness/target.js";
import { markdownTable } from "./markdown.js";

/** Devices that stand for their kind. */
const DEVICES: readonly (readonly [name: string, device: Partial<DeviceCapabilities>])[] = [
  ["SwiftShader", { kind: "software", vendor: "google", architecture: "swiftshader", subgroupMinSize: 4 }],
  ["lavapipe", { kind: "software", vendor: "mesa", description: "llvmpipe", subgroupMinSize: 8 }],
  ["software adapters without subgroups", { kind: "software" }],
  ["AMD with subgroups of 32", { vendor: "amd", ...subgroups(32, 64), shaderF16: true }],
  ["AMD", { vendor: "amd", shaderF16: true }],
  ["Intel to Xe", { vendor: "intel", architecture: "gen-12lp", ...subgroups(8, 32), shaderF16: true }],
  ["Intel Xe2", { vendor: "intel", architecture: "xe-2hpg", ...subgroups(16, 32), shaderF16: true }],
  ["Adreno 7 and later", { vendor: "qualcomm", architecture: "adreno-7xx", shaderF16: true }],
  ["Adreno 6", { vendor: "qualcomm", architecture: "adreno-6xx", shaderF16: true }],
  ["Mali", { vendor: "arm", architecture: "valhall", shaderF16: true }],
  ["Apple", { vendor: "apple", architecture: "metal-3", shaderF16: true }],
  ["NVIDIA", { vendor: "nvidia", architecture: "ampere", ...subgroups(32, 32), shaderF16: true }],
  ["every other GPU", { shaderF16: true }],
];
const STORAGES: readonly Storage[] = ["f32", "f16"];
// FLOP of a whole network at a picture's size, on either side of every limit there is.
const PICTURES: readonly (readonly [name: string, flops: number])[] = [
  ["small", 1e9],
  ["large", 5e10],
  ["very large", 1e14],
];

function subgroups(least: number, most: number): Partial<DeviceCapabilities> {
  return { subgroupMinSize: least, subgroupMaxSize: most, subgroupSizeControl: true };
}

interface Circumstance {
  readonly device: string;
  readonly storage: Storage;
  readonly picture: string;
}

/** A line for each rule that some device follows. */
export function choicesTable(): string {
  const byRule = new Map<KernelRule, Circumstance[]>();
  for (const [device, capabilities] of DEVICES) {
    for (const storage of STORAGES) {
      for (const [picture, flops] of PICTURES) {
        const rule = CONV_RULES.find(({ when }) => when({ ...DEFAULT_CAPABILITIES, ...capabilities }, storage, flops))!;
        byRule.set(rule, [...(byRule.get(rule) ?? []), { device, storage, picture }]);
      }
    }
  }
  const unused = CONV_RULES.filter((rule) => !byRule.has(rule));
  if (unused.length > 0) throw new Error(`No device of the table follows the rule "${unused[0]!.reason}"`);
  const lines = CONV_RULES.map((rule) => {
    const held = byRule.get(rule)!;
    return [
      unique(held, "device").join("; "),
      anyOf(unique(held, "storage"), STORAGES.length),
      anyOf(unique(held, "picture"), PICTURES.length),
      kernelsOf(rule),
      rule.reason,
    ];
  });
  return markdownTable(["device", "storage", "picture", "kernels, the first that can", "why"], lines);
}

/** The variants in order, then those that some forms get in place of them. */
function kernelsOf({ variants, exceptions = [] }: KernelRule): string {
  const names = (list: readonly ConvVariant[]) =>
    list.map((variant) => `\`${nameOf(variant)}\``).join(", else ") || "`plain`";
  const others = exceptions.map((exception) => names(exception.variants));
  return [names(variants), ...(others.length > 0 ? [`for some forms ${others.join(" or ")}`] : [])].join("; ");
}

function unique<K extends keyof Circumstance>(held: readonly Circumstance[], key: K): Circumstance[K][] {
  return [...new Set(held.map((each) => each[key]))];
}

function anyOf(values: readonly string[], count: number): string {
  return values.length === count ? "any" : values.join("; ");
}

/** The name that dispatches of the variant have. */
function nameOf(variant: ConvVariant): string {
  const subject = SUBJECTS.find(({ shape }) => shape === "64->64")!;
  const storage = needsOf(variant).math;
  return planTarget(subject, DEFAULT_CAPABILITIES, { width: 8, height: 8, storage, variant }).variant;
}
