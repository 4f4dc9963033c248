// Owns the choice of precision and kernels by device: one table, a reason for each line.

import { type ConvForm, type ConvVariant, needsOf, supports } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";

export type Precision = "f32" | "f16";

export interface PrecisionChoice {
  readonly precision: Precision;
  readonly storage: Storage;
  /** Why this precision: half a sentence. */
  readonly why: string;
}

export interface KernelRule {
  readonly when: (device: DeviceCapabilities, storage: Storage, flops: number) => boolean;
  /** Best first; the first that can compute a convolution does. The plain kernel stands behind them all. */
  readonly variants: readonly ConvVariant[];
  readonly reason: string;
}

const PLAIN: ConvVariant = { kind: "plain" };

// What software adapters run where subgroups are missing or a kernel is large.
const LOOPED = direct({ pixels: [4, 2, 1], workgroup: [8, 8], rows: "looped" });

const isAmd = ({ vendor }: DeviceCapabilities) => /^amd$/i.test(vendor);

const hasEightLanes = ({ kind, subgroupMinSize }: DeviceCapabilities) => kind === "software" && subgroupMinSize >= 8;

const isSwiftShader = ({ kind, architecture, description, subgroupMinSize }: DeviceCapabilities) =>
  kind === "software" && /swiftshader/i.test(`${architecture} ${description}`) && subgroupMinSize >= 4;

// Where the seconds that a software adapter takes to compile larger kernels are won back by their speed in a few pictures.
const SWIFTSHADER_LARGE_FLOPS = 8e9;
const SWIFTSHADER_VERY_LARGE_FLOPS = 1e11;
const LAVAPIPE_LARGE_FLOPS = 3e10;

/** The first rule that holds gives the variants. Those of one device pack weights alike, so that one copy serves them all. */
export const CONV_RULES: readonly KernelRule[] = [
  {
    when: (device, _, flops) => isSwiftShader(device) && flops > SWIFTSHADER_VERY_LARGE_FLOPS,
    variants: [shared({ pixels: [4, 4, 2], workgroup: [4, 2], rows: "window", lanes: 4 }), LOOPED],
    reason: "SwiftShader loads value by value, so lanes share weights and a window of the picture is loaded once",
  },
  {
    when: (device, _, flops) => isSwiftShader(device) && flops > SWIFTSHADER_LARGE_FLOPS,
    variants: [shared({ pixels: [4, 2, 2], workgroup: [4, 2], rows: "window", lanes: 4 }), LOOPED],
    reason:
      "lanes share weights and a window of the picture is loaded once, half as tall, since SwiftShader compiles for seconds",
  },
  {
    when: isSwiftShader,
    variants: [shared({ pixels: [4, 2, 2], workgroup: [4, 2], rows: "rolling", lanes: 4 }), LOOPED],
    reason: "lanes share weights, in code that is short for small pictures, since SwiftShader compiles for seconds",
  },
  {
    when: (device, storage, flops) => hasEightLanes(device) && storage === "f32" && flops > LAVAPIPE_LARGE_FLOPS,
    variants: [shared({ pixels: [2, 4, 2], workgroup: [8, 1], rows: "rolling", lanes: 8 }), LOOPED],
    reason:
      "lavapipe loads value by value, so lanes share weights and columns, and a tile of 2x4 pixels takes the fewest loads",
  },
  {
    when: (device, _, flops) => hasEightLanes(device) && flops > LAVAPIPE_LARGE_FLOPS,
    variants: [shared({ pixels: [4, 2, 2], workgroup: [8, 1], rows: "rolling", lanes: 8 }), LOOPED],
    reason:
      "lanes share weights and columns; halves are loaded by two, and a tile of 4x2 pixels keeps one row in place of three",
  },
  {
    when: hasEightLanes,
    variants: [shared({ pixels: [2, 2, 2], workgroup: [8, 1], rows: "rolling", lanes: 8 }), LOOPED],
    reason:
      "lanes share weights and columns, in code that is short for small pictures, since lavapipe compiles for a second",
  },
  {
    when: ({ kind }) => kind === "software",
    variants: [LOOPED],
    reason: "software adapters compile each shader for seconds, so the code is short",
  },
  {
    when: (device, storage) => isAmd(device) && storage === "f16",
    variants: [
      winograd({ workgroup: [16, 4], math: "f16" }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4], math: "f16" }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4] }),
    ],
    reason: "AMD computes two halves at once, and Winograd needs 0.28 of a direct convolution's instructions",
  },
  {
    when: (device) => isAmd(device) && device.subgroups32,
    variants: [
      winograd({ workgroup: [32, 2], subgroup: 32 }),
      direct({ pixels: [4, 2, 2], workgroup: [32, 2], subgroup: 32 }),
    ],
    reason:
      "AMD issues two f32 operations at once in subgroups of 32, and Winograd needs 0.29 of a direct convolution's",
  },
  {
    when: isAmd,
    variants: [winograd({ workgroup: [16, 4] }), direct({ pixels: [4, 2, 2], workgroup: [16, 4] })],
    reason: "Winograd needs 0.56 of a direct convolution's instructions on AMD, in 240 registers without spilling",
  },
  {
    when: () => true,
    variants: [direct({ pixels: [4, 2, 2], workgroup: [16, 4] })],
    reason: "4x2 pixels of 8 channels fit the registers of every GPU without spilling",
  },
];

function direct(shape: {
  readonly pixels: readonly [x: number, y: number, channelBlocks: number];
  readonly workgroup: readonly [x: number, y: number];
  readonly rows?: "looped";
  readonly math?: "f16";
  readonly subgroup?: 32;
}): ConvVariant {
  const [pixelsX, pixelsY, channelBlocks] = shape.pixels;
  const [workgroupX, workgroupY] = shape.workgroup;
  return {
    kind: "direct",
    pixelsX,
    pixelsY,
    channelBlocks,
    workgroupX,
    workgroupY,
    rows: shape.rows ?? "unrolled",
    math: shape.math ?? "f32",
    ...(shape.subgroup ? { subgroup: shape.subgroup } : {}),
  };
}

function shared(shape: {
  readonly pixels: readonly [x: number, y: number, channelBlocks: number];
  readonly workgroup: readonly [x: number, y: number];
  readonly rows: "window" | "rolling";
  readonly lanes: 4 | 8;
}): ConvVariant {
  const [pixelsX, pixelsY, channelBlocks] = shape.pixels;
  const [workgroupX, workgroupY] = shape.workgroup;
  const { rows, lanes } = shape;
  return { kind: "shared", pixelsX, pixelsY, channelBlocks, workgroupX, workgroupY, rows, math: "f32", lanes };
}

function winograd(shape: {
  readonly workgroup: readonly [x: number, y: number];
  readonly math?: "f16";
  readonly subgroup?: 32;
}): ConvVariant {
  const [workgroupX, workgroupY] = shape.workgroup;
  return {
    kind: "winograd",
    channelBlocks: 2,
    workgroupX,
    workgroupY,
    math: shape.math ?? "f32",
    ...(shape.subgroup ? { subgroup: shape.subgroup } : {}),
  };
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
  const { math, subgroupLanes, pinnedSubgroup, softwareOnly } = needsOf(variant);
  return (
    (math === "f32" || device.shaderF16) &&
    device.subgroupMinSize >= subgroupLanes &&
    (pinnedSubgroup === undefined || device.subgroups32) &&
    (!softwareOnly || device.kind === "software")
  );
}

/** The variant for convolutions of this form, in a network of `flops` at the picture's size. */
export function chooseConv(device: DeviceCapabilities, form: ConvForm, storage: Storage, flops: number): ConvVariant {
  return ruleFor(device, storage, flops).variants.find((variant) => supports(variant, form, storage)) ?? PLAIN;
}

/** Why those variants. */
export function kernelReason(device: DeviceCapabilities, storage: Storage, flops: number): string {
  return ruleFor(device, storage, flops).reason;
}

function ruleFor(device: DeviceCapabilities, storage: Storage, flops: number): KernelRule {
  return CONV_RULES.find((rule) => rule.when(device, storage, flops))!;
}
