// Owns the GPUs that predictions are made for: what their vendors say they reach, and what compilers make of our kernels there.

import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import type { SlotFigure } from "./slots.js";

/** A vendor's figure, or one that follows from others of the vendor's. */
export interface PeakFigure {
  readonly tflops: number;
  readonly isDerived?: boolean;
}

export interface NamedGpu {
  readonly name: string;
  /** As far as they decide the kernels; limits are those of every such GPU's driver. */
  readonly capabilities: DeviceCapabilities;
  /** Lanes of its vector units: each takes one issue slot a clock. */
  readonly lanes: number;
  /** The highest clock that the vendor states. */
  readonly gigahertz: number;
  /** A multiply-add counts as two operations. Matrix units are left out: no kernel uses them. */
  readonly f32: PeakFigure;
  readonly f16: PeakFigure;
  /** Of its memory. */
  readonly bandwidthGBs: number;
  /** What is loaded through the L2 cache; undefined where nobody that we know of has published it. */
  readonly l2GBs?: number;
  /** Invocations that load a weight together. */
  readonly subgroupSize: number;
  /** Slots a multiply-accumulate, by kernel. */
  readonly slots: readonly SlotFigure[];
  /** Documents by title and date. */
  readonly sources: string;
  /** Whether an adapter's kernels are compiled as this GPU's are. */
  isLike(adapter: Pick<DeviceCapabilities, "vendor" | "architecture" | "description">): boolean;
}

// Limits that drivers of these GPUs give; the library's budget of 1 GiB is less.
const LIMITS = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 - 4 } as const;

function capabilities(own: Partial<DeviceCapabilities>): DeviceCapabilities {
  return { ...DEFAULT_CAPABILITIES, ...LIMITS, ...own };
}

function subgroups(least: number, most: number): Partial<DeviceCapabilities> {
  return { subgroupMinSize: least, subgroupMaxSize: most, subgroupSizeControl: true };
}

// As through Vulkan, where NVIDIA's have no shader-f16.
const NVIDIA = { vendor: "nvidia", ...subgroups(32, 32) } as const;
const NVIDIA_SLOTS: readonly SlotFigure[] = [
  { kernel: "direct 2x2x8 16x4 f32 unrolled spread", storage: "f32", perMac: 1.259, folded: 0.719, compiler: "ga102" },
  {
    kernel: "direct 2x2x8 16x4 f32 unrolled spread",
    storage: "packed-f16",
    perMac: 1.592,
    folded: 0.719,
    compiler: "ga102",
  },
  { kernel: "direct 2x2x8 16x4 f32 unrolled uniform weights spread", storage: "f32", perMac: 1.24, compiler: "ga102" },
  {
    kernel: "direct 2x2x8 16x4 f32 unrolled uniform weights spread",
    storage: "packed-f16",
    perMac: 1.405,
    compiler: "ga102",
  },
  { kernel: "direct 2x2x4 16x4 f32 unrolled uniform weights spread", storage: "f32", perMac: 1.144, compiler: "ga102" },
  {
    kernel: "direct 2x2x4 16x4 f32 unrolled uniform weights spread",
    storage: "packed-f16",
    perMac: 1.561,
    compiler: "ga102",
  },
  { kernel: "direct 4x2x8 16x4 f32 unrolled", storage: "f32", perMac: 1.129, compiler: "ga102" },
  { kernel: "direct 4x2x8 16x4 f32 unrolled", storage: "packed-f16", perMac: 1.296, compiler: "ga102" },
];
const isHopper = ({ architecture, description }: { readonly architecture: string; readonly description: string }) =>
  /hopper|h[12]00/i.test(`${architecture} ${description}`);

export const NAMED_GPUS: readonly NamedGpu[] = [
  {
    name: "GeForce RTX 4090",
    capabilities: capabilities({ ...NVIDIA, architecture: "lovelace" }),
    lanes: 16_384,
    gigahertz: 2.52,
    f32: { tflops: 82.6 },
    f16: { tflops: 82.6 },
    bandwidthGBs: 1008,
    // 1,945.6 bytes a clock, measured by the author of the repository cuda_microbenchmark, not stated by NVIDIA.
    l2GBs: 4903,
    subgroupSize: 32,
    slots: NVIDIA_SLOTS,
    sources:
      "NVIDIA, Ada GPU architecture, 2022; L2 as measured in smallscientist1/cuda_microbenchmark, analysis_RTX4090.md",
    isLike: (adapter) => /^nvidia$/i.test(adapter.vendor) && !isHopper(adapter),
  },
  {
    name: "NVIDIA H200",
    capabilities: capabilities({ ...NVIDIA, architecture: "hopper" }),
    lanes: 16_896,
    gigahertz: 1.98,
    f32: { tflops: 67 },
    f16: { tflops: 133.8 },
    bandwidthGBs: 4800,
    subgroupSize: 32,
    slots: NVIDIA_SLOTS,
    sources: "NVIDIA, H200 Tensor Core GPU datasheet, 2024; lanes, clock and f16 from H100 GPU architecture, 2022",
    isLike: (adapter) => /^nvidia$/i.test(adapter.vendor) && isHopper(adapter),
  },
  {
    name: "Radeon RX 7900 XTX",
    capabilities: capabilities({ vendor: "amd", architecture: "rdna-3", ...subgroups(32, 64), shaderF16: true }),
    lanes: 6144,
    gigahertz: 2.5,
    // Two operations a slot, of f32 or of pairs of halves, where the compiler finds two.
    f32: { tflops: 61.4 },
    f16: { tflops: 122.8, isDerived: true },
    bandwidthGBs: 960,
    subgroupSize: 32,
    slots: [
      { kernel: "winograd 2x2x8 32x2 f32 wave32", perMac: 0.287, compiler: "navi31" },
      { kernel: "winograd 2x2x4 32x2 f32 wave32", perMac: 0.349, compiler: "navi31" },
      { kernel: "winograd 2x2x8 16x4 f32", perMac: 0.561, compiler: "navi31" },
      { kernel: "winograd 2x2x8 16x4 f16", perMac: 0.283, compiler: "navi31" },
      { kernel: "winograd 2x2x4 16x4 f16", perMac: 0.347, compiler: "navi31" },
      { kernel: "direct 4x2x8 32x2 f32 unrolled wave32", perMac: 0.51, folded: 0.232, compiler: "navi31" },
      { kernel: "direct 4x2x8 16x4 f16 unrolled", perMac: 0.519, folded: 0.224, compiler: "navi31" },
      { kernel: "direct 4x2x8 16x4 f32 unrolled", storage: "f32", perMac: 1.003, compiler: "navi31" },
      { kernel: "direct 4x2x8 16x4 f32 unrolled", storage: "f16", perMac: 1.012, compiler: "navi31" },
    ],
    sources: "AMD, Radeon RX 7900 XTX, specifications, 2022",
    isLike: ({ vendor, architecture }) => /^amd$/i.test(vendor) && /^rdna-?[34]/i.test(architecture),
  },
  {
    name: "Intel Arc A770",
    capabilities: capabilities({ vendor: "intel", architecture: "gen-12hp", ...subgroups(8, 32), shaderF16: true }),
    lanes: 4096,
    gigahertz: 2.1,
    f32: { tflops: 17.2, isDerived: true },
    f16: { tflops: 34.4, isDerived: true },
    bandwidthGBs: 560,
    subgroupSize: 16,
    slots: [
      // Folded as tgl's compiler has it.
      { kernel: "direct 4x1x8 16x4 f16 unrolled", perMac: 0.734, folded: 0.34, compiler: "dg2" },
      { kernel: "direct 4x2x4 16x4 f32 unrolled wave8", perMac: 1.072, compiler: "dg2" },
    ],
    sources: "Intel, Arc A770 Graphics (16 GB), product specifications, 2022",
    isLike: ({ vendor, architecture }) => /^intel$/i.test(vendor) && !/^xe-[23]/i.test(architecture),
  },
  {
    name: "Apple M2, 10 cores",
    capabilities: capabilities({ vendor: "apple", architecture: "metal-3", shaderF16: true }),
    lanes: 1280,
    gigahertz: 1.4,
    f32: { tflops: 3.6 },
    f16: { tflops: 3.6, isDerived: true },
    bandwidthGBs: 100,
    subgroupSize: 32,
    // Apple's compiler tells no slots: what NVIDIA's takes for a larger tile.
    slots: [{ kernel: "direct 4x1x8 16x4 f32 unrolled", perMac: 1.129 }],
    sources:
      "Apple, Apple unveils M2, press release and event, 6 June 2022; lanes and clock as reported; f16 at the rate of f32",
    isLike: ({ vendor }) => /^apple$/i.test(vendor),
  },
  {
    name: "Adreno X1-85",
    capabilities: capabilities({ vendor: "qualcomm", architecture: "adreno-7xx", shaderF16: true }),
    lanes: 1536,
    gigahertz: 1.5,
    f32: { tflops: 4.6 },
    f16: { tflops: 9.2, isDerived: true },
    bandwidthGBs: 135,
    subgroupSize: 64,
    slots: [
      { kernel: "direct 4x2x4 16x4 f16 unrolled uniform weights", perMac: 0.657, compiler: "x185" },
      { kernel: "direct 4x2x8 16x4 f32 unrolled uniform weights", perMac: 1.086, compiler: "x185" },
      { kernel: "direct 4x2x8 16x4 f32 unrolled", storage: "f32", perMac: 1.023, compiler: "x185" },
    ],
    sources: "Qualcomm, Snapdragon X Elite (X1E-84-100), product brief, 2024",
    isLike: ({ vendor, architecture }) => /^qualcomm$/i.test(vendor) && /^adreno-([7-9]xx|x)/i.test(architecture),
  },
];

/** The GPU whose kernels an adapter's are most like; undefined for software adapters and others of no vendor above. */
export function nearestGpu(adapter: DeviceCapabilities): NamedGpu | undefined {
  return adapter.kind === "gpu" ? NAMED_GPUS.find((gpu) => gpu.isLike(adapter)) : undefined;
}

/** The GPU of this name. @throws Error naming those there are */
export function requireNamed(name: string): NamedGpu {
  const found = NAMED_GPUS.find((gpu) => gpu.name === name);
  if (!found) throw new Error(`There is no ${name} among ${NAMED_GPUS.map((gpu) => gpu.name).join(", ")}`);
  return found;
}
