// Owns the choice of precision and kernels by device: one table, a reason for each line.

import { type ConvForm, type ConvVariant, supports } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";

export type Precision = "f32" | "f16";

export interface PrecisionChoice {
  readonly precision: Precision;
  readonly storage: Storage;
  /** One sentence: why this precision and these kernels. */
  readonly reason: string;
}

export interface KernelRule {
  readonly when: (device: DeviceCapabilities) => boolean;
  readonly variants: readonly ConvVariant[];
  readonly reason: string;
}

const PLAIN: ConvVariant = { kind: "plain" };

/** The first rule that holds gives the variants, best first; the first that can compute a convolution does. */
export const CONV_RULES: readonly KernelRule[] = [
  {
    when: (device) => device.kind === "software" && /swiftshader/i.test(`${device.architecture} ${device.description}`),
    variants: [direct(4, 4, 2, 8, 8, "looped"), PLAIN],
    reason: "SwiftShader gathers every load value by value, so each weight serves 16 pixels",
  },
  {
    when: (device) => device.kind === "software",
    variants: [direct(4, 2, 1, 8, 8, "looped"), PLAIN],
    reason: "software adapters compile each shader for seconds, so the code is short",
  },
  {
    when: () => true,
    variants: [direct(4, 2, 2, 16, 4, "unrolled"), PLAIN],
    reason: "4x2 pixels of 8 channels fit the registers of every GPU without spilling",
  },
];

function direct(
  pixelsX: number,
  pixelsY: number,
  channelBlocks: number,
  workgroupX: number,
  workgroupY: number,
  rows: "unrolled" | "looped",
): ConvVariant {
  return { kind: "direct", pixelsX, pixelsY, channelBlocks, workgroupX, workgroupY, rows, math: "f32" };
}

export function choosePrecision(requested: "auto" | Precision, device: DeviceCapabilities): PrecisionChoice {
  if (requested === "f32") return choice("f32", "f32", "f32 was asked for", device);
  if (requested === "f16") {
    return device.shaderF16
      ? choice("f16", "f16", "f16 was asked for", device)
      : choice("f16", "packed-f16", "f16 was asked for; without shader-f16 halves are stored packed in u32", device);
  }
  if (device.kind === "software") {
    return choice("f32", "f32", "a software adapter computes f32 as fast as f16", device);
  }
  return device.shaderF16
    ? choice("f16", "f16", "the device has shader-f16, which halves memory at no visible loss", device)
    : choice("f32", "f32", "the device has no shader-f16", device);
}

export function chooseConv(device: DeviceCapabilities, form: ConvForm, storage: Storage): ConvVariant {
  const { variants } = ruleFor(device);
  return variants.find((variant) => supports(variant, form, storage)) ?? PLAIN;
}

function ruleFor(device: DeviceCapabilities): KernelRule {
  return CONV_RULES.find((rule) => rule.when(device))!;
}

function choice(precision: Precision, storage: Storage, why: string, device: DeviceCapabilities): PrecisionChoice {
  return { precision, storage, reason: `${precision}: ${why}; kernels: ${ruleFor(device).reason}` };
}
