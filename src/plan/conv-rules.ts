// Owns the table of convolution kernels by device, a reason for each line. Figures are of bench:isa: issue
// slots of the vector unit for one multiply-accumulate of a direct convolution, 64 -> 32 channels, 3x3.

import type { ConvForm, ConvVariant } from "../ops/conv2d.kernels.js";
import { canFold, type PinnedSubgroup } from "../ops/conv2d-variants/variant.js";
import type { MathType, Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";

export interface KernelRule {
  readonly when: (device: DeviceCapabilities, storage: Storage, flops: number) => boolean;
  /** Best first; the first that can compute a convolution does. The plain kernel stands behind them all. */
  readonly variants: readonly ConvVariant[];
  /** What tune() may measure besides. Each compiles there, and spills at few forms if at any. */
  readonly alternatives?: readonly ConvVariant[];
  /** Forms that those would spill on, and what serves them in place of those. */
  readonly exceptions?: readonly {
    readonly forms: (form: ConvForm) => boolean;
    readonly variants: readonly ConvVariant[];
  }[];
  readonly reason: string;
}

export const PLAIN: ConvVariant = { kind: "plain" };

// What software adapters run where subgroups are missing or a kernel is large.
const LOOPED = direct({ pixels: [4, 2, 1], workgroup: [8, 8], rows: "looped" });

const isAmd = ({ vendor }: DeviceCapabilities) => /^amd$/i.test(vendor);
const isIntel = ({ vendor }: DeviceCapabilities) => /^intel$/i.test(vendor);
// Its smallest subgroups have 16 invocations, those of others 8.
const isXe2 = (device: DeviceCapabilities) => isIntel(device) && device.subgroupMinSize >= 16;
const isAdreno = ({ vendor }: DeviceCapabilities) => /^qualcomm$/i.test(vendor);
// Adreno 6's compilers take vectors apart when they load from storage.
const isAdreno7 = ({ vendor, architecture }: DeviceCapabilities) =>
  /^qualcomm$/i.test(vendor) && /^adreno-[7-9]xx$/i.test(architecture);
const isMali = ({ vendor }: DeviceCapabilities) => /^arm$/i.test(vendor);
const isApple = ({ vendor }: DeviceCapabilities) => /^apple$/i.test(vendor);
const isNvidia = ({ vendor }: DeviceCapabilities) => /^nvidia$/i.test(vendor);

const hasEightLanes = ({ kind, subgroupMinSize }: DeviceCapabilities) => kind === "software" && subgroupMinSize >= 8;

const pinsTo = (device: DeviceCapabilities, size: PinnedSubgroup) =>
  device.subgroupSizeControl && device.subgroupMinSize === size && size <= device.subgroupMaxSize;

const canPin32 = ({ subgroupSizeControl, subgroupMinSize, subgroupMaxSize }: DeviceCapabilities) =>
  subgroupSizeControl && subgroupMinSize <= 32 && subgroupMaxSize >= 32;

// The tiles that no compiler at hand spills, the second also where kernels larger than 3x3 load halves.
const SMALL = direct({ pixels: [2, 2, 1], workgroup: [16, 4] });
const SMALL_ROW = direct({ pixels: [4, 1, 1], workgroup: [16, 4] });
const ROW_IN_HALVES = direct({ pixels: [4, 1, 2], workgroup: [16, 4], math: "f16" });
// What is not summed in halves, and spills on Intel where it need not be.
const SUMS_IN_FLOATS: NonNullable<KernelRule["exceptions"]> = [
  { forms: (form) => form.upsample > 1 && !canFold(form), variants: [SMALL_ROW, SMALL] },
];
// Windows of 5x5 and more hold so much of the picture that larger tiles spill on Mali: 0.80 slots with 2 spills for 64->64, this 1.03 with none.
const isLarge = ({ kernel }: ConvForm) => kernel > 3;
const SPREAD_UNIFORM = { workgroup: [16, 4], columns: "spread", weights: "whole-uniform" } as const;
// Slots do not tell what memory is spared where neighbours load and store side by side: only measuring does, so tune() tries it.
const SPREAD_ROW = direct({ pixels: [4, 1, 2], columns: "spread", workgroup: [16, 4] });
const SPREAD_ROW_IN_HALVES = direct({ pixels: [4, 1, 2], columns: "spread", workgroup: [16, 4], math: "f16" });
const HALF_ROW_IN_HALVES = { pixels: [2, 1, 2], workgroup: [16, 4], math: "f16" } as const;
// Three blocks where two do not divide them: 12 channels. A single tap leaves registers for that.
const isOneTap = ({ kernel, upsample }: ConvForm) => kernel === 1 && upsample === 1;
const ONE_TAP_IN_HALVES = direct({ pixels: [4, 1, 3], workgroup: [16, 4], math: "f16" });
const INTEL_IN_HALVES_EXCEPTIONS: NonNullable<KernelRule["exceptions"]> = [
  { forms: isOneTap, variants: [ONE_TAP_IN_HALVES] },
  ...SUMS_IN_FLOATS,
];
const ADRENO_IN_HALVES = direct({ pixels: [4, 2, 1], workgroup: [16, 4], math: "f16", weights: "uniform" });
// Of a large window a row takes fewer registers than two.
const ADRENO_ROW_IN_HALVES = direct({ pixels: [8, 1, 1], workgroup: [16, 4], math: "f16", weights: "uniform" });
const ADRENO_ONE_TAP = { pixels: [4, 2, 3], workgroup: [16, 4], math: "f16", weights: "uniform" } as const;

// Where one block of channels is computed with a large window, pixels that lie side by side share so much of it that they are faster.
const NVIDIA_TALL = { pixels: [2, 4, 1] } as const;
const NVIDIA_ONE_TAP = direct({
  ...SPREAD_UNIFORM,
  pixels: [2, 1, 7],
  other: { pixels: [4, 1, 4], columns: "spread" },
});
const NVIDIA_ADJACENT = direct({ pixels: [4, 2, 2], workgroup: [16, 4] });

/** What stands in for kernels that a device refused, where they are smaller than those. */
export const SMALL_TILES: readonly ConvVariant[] = [
  ROW_IN_HALVES,
  SMALL,
  SMALL_ROW,
  direct({ pixels: [2, 1, 1], workgroup: [16, 4] }),
  direct({ pixels: [2, 1, 1], workgroup: [16, 4], rows: "looped" }),
];
const ADRENO_LOOPED = direct({ pixels: [4, 1, 2], workgroup: [16, 4], rows: "looped", weights: "uniform" });
// Old Adrenos spill 164 values for 32->1 5x5 where a vector of weights counts inputs.
const ADRENO_6 = { workgroup: [16, 4], weights: "uniform", outputs: "whole" } as const;
const ADRENO_6_LOOPED = direct({ ...ADRENO_6, pixels: [4, 1, 2], rows: "looped" });

const isSwiftShader = ({ kind, architecture, description, subgroupMinSize }: DeviceCapabilities) =>
  kind === "software" && /swiftshader/i.test(`${architecture} ${description}`) && subgroupMinSize >= 4;

// Where the seconds that a software adapter takes to compile larger kernels are won back by their speed in a few pictures.
const SWIFTSHADER_LARGE_FLOPS = 8e9;
const SWIFTSHADER_VERY_LARGE_FLOPS = 1e11;
const LAVAPIPE_LARGE_FLOPS = 3e10;

// Old Adrenos spill larger tiles where a row of the window is long, and from 9x9 on any.
const ADRENO_6_EXCEPTIONS: NonNullable<KernelRule["exceptions"]> = [
  {
    forms: ({ kernel }) => kernel === 5,
    variants: [direct({ ...ADRENO_6, pixels: [4, 1, 1], rows: "looped" })],
  },
  { forms: ({ kernel }) => kernel > 5, variants: [] },
];

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
      // Three blocks where two do not divide them: 12 channels take 0.37 slots, not 0.46.
      winograd({ workgroup: [16, 4], math: "f16", channelBlocks: 3 }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4], math: "f16" }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4] }),
    ],
    alternatives: [winograd({ workgroup: [16, 4] }), SPREAD_ROW_IN_HALVES],
    reason: "AMD computes two halves at once, and Winograd needs 0.28 of a direct convolution's instructions",
  },
  {
    when: (device) => isAmd(device) && canPin32(device),
    variants: [
      winograd({ workgroup: [32, 2], subgroup: 32 }),
      direct({ pixels: [4, 2, 2], workgroup: [32, 2], subgroup: 32 }),
    ],
    alternatives: [
      winograd({ workgroup: [16, 4] }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4] }),
      direct({ pixels: [4, 1, 2], columns: "spread", workgroup: [32, 2], subgroup: 32 }),
    ],
    reason:
      "AMD issues two f32 operations at once in subgroups of 32, and Winograd needs 0.29 of a direct convolution's",
  },
  {
    when: isAmd,
    variants: [winograd({ workgroup: [16, 4] }), direct({ pixels: [4, 2, 2], workgroup: [16, 4] })],
    alternatives: [SPREAD_ROW],
    reason: "Winograd needs 0.56 of a direct convolution's instructions on AMD, in 240 registers without spilling",
  },
  {
    when: (device, storage) => isXe2(device) && storage === "f16",
    variants: [direct({ pixels: [4, 1, 2], workgroup: [16, 4], math: "f16", other: { pixels: [2, 1, 3] } })],
    exceptions: INTEL_IN_HALVES_EXCEPTIONS,
    alternatives: [direct(HALF_ROW_IN_HALVES), SPREAD_ROW_IN_HALVES],
    reason: "Xe2 computes two halves at once: 0.64 slots a multiply-accumulate, with 12 channels 0.63, not 0.77",
  },
  {
    when: (device, storage) => isIntel(device) && storage === "f16",
    variants: [ROW_IN_HALVES],
    exceptions: INTEL_IN_HALVES_EXCEPTIONS,
    alternatives: [direct(HALF_ROW_IN_HALVES)],
    reason:
      "Intel computes two halves at once: 0.74 slots a multiply-accumulate, where sums in f32 take 7.4; 1x1 with 12 channels takes 0.81, not 1.13",
  },
  {
    when: (device) => isIntel(device) && pinsTo(device, 8),
    variants: [direct({ pixels: [4, 2, 1], workgroup: [16, 4], subgroup: 8 })],
    alternatives: [
      direct({ pixels: [2, 2, 2], workgroup: [16, 4], subgroup: 8 }),
      SMALL,
      direct({ pixels: [2, 2, 1], columns: "spread", workgroup: [16, 4], subgroup: 8 }),
    ],
    reason:
      "subgroups of 8 leave Intel's Gen12 twice the registers of the 16 that browsers ask for: 1.08 slots and no spill, " +
      "not 1.17 with 66",
  },
  {
    when: (device) => isIntel(device) && pinsTo(device, 16),
    variants: [direct({ pixels: [4, 2, 1], workgroup: [16, 4], subgroup: 16 })],
    alternatives: [
      direct({ pixels: [2, 2, 2], workgroup: [16, 4], subgroup: 16 }),
      SMALL,
      direct({ pixels: [2, 2, 1], columns: "spread", workgroup: [16, 4], subgroup: 16 }),
    ],
    reason:
      "subgroups of 16 leave Intel's Xe2 twice the registers of the 32 that browsers ask for: 1.06 slots and no spill, " +
      "not 1.20 with 78",
  },
  {
    when: (device, storage) => isAdreno7(device) && storage === "f16",
    variants: [ADRENO_IN_HALVES, ADRENO_LOOPED],
    alternatives: [
      ADRENO_ROW_IN_HALVES,
      direct({ pixels: [4, 2, 1], workgroup: [16, 4], math: "f16" }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4], math: "f16" }),
    ],
    exceptions: [
      {
        forms: isOneTap,
        variants: [direct(ADRENO_ONE_TAP), ADRENO_LOOPED, direct({ ...ADRENO_ONE_TAP, columns: "spread" })],
      },
      { forms: isLarge, variants: [ADRENO_ROW_IN_HALVES, ADRENO_IN_HALVES, ADRENO_LOOPED] },
    ],
    reason:
      "Adreno computes two halves at once and reads uniforms once a subgroup: 0.65 slots, not 0.72 with weights in " +
      "storage, and 8 waves, not the 4 of a tile twice the size; 5x5 takes 0.65 in a row of 8 pixels, not 0.69",
  },
  {
    when: isAdreno7,
    variants: [
      direct({ pixels: [4, 2, 2], workgroup: [16, 4], weights: "uniform", rowsInStorage: "looped" }),
      ADRENO_LOOPED,
    ],
    alternatives: [
      direct({ pixels: [4, 2, 1], workgroup: [16, 4] }),
      direct({ pixels: [4, 1, 2], workgroup: [16, 4] }),
      direct({ pixels: [4, 2, 1], workgroup: [16, 4], weights: "uniform" }),
      direct({ ...SPREAD_UNIFORM, pixels: [4, 1, 2] }),
    ],
    reason:
      "Adreno reads uniforms once a subgroup: 10 loads for 1,000 multiply-accumulates, not 42, for 1.08 slots, not 1.02 " +
      "with 3 spills; where weights of over 227 channels do not fit, looped rows take 1.05 and spill nothing",
  },
  {
    when: (device, storage) => isAdreno(device) && storage === "f16",
    variants: [direct({ ...ADRENO_6, pixels: [2, 2, 2], math: "f16" }), ADRENO_6_LOOPED],
    alternatives: [direct({ ...ADRENO_6, pixels: [4, 1, 2], math: "f16" })],
    exceptions: ADRENO_6_EXCEPTIONS,
    reason: "old Adrenos load storage value by value, but not uniforms: 0.89 slots and no spill, not 2.07 with 1,396",
  },
  {
    when: isAdreno,
    variants: [ADRENO_6_LOOPED],
    exceptions: [{ forms: canFold, variants: [direct({ ...ADRENO_6, pixels: [2, 2, 1] })] }, ...ADRENO_6_EXCEPTIONS],
    reason:
      "old Adrenos load storage value by value, but not uniforms, and a loop over rows holds few of them: 1.29 slots and " +
      "no spill, not 2.54 with 1,218",
  },
  {
    when: (device, storage) => isMali(device) && storage === "f16",
    variants: [direct({ pixels: [2, 2, 2], workgroup: [16, 4], math: "f16", loop: "kept" })],
    alternatives: [direct({ pixels: [4, 1, 2], workgroup: [16, 4], math: "f16", loop: "kept" })],
    exceptions: [{ forms: isLarge, variants: [direct({ ...HALF_ROW_IN_HALVES, loop: "kept" })] }, ...SUMS_IN_FLOATS],
    reason:
      "Mali computes two halves at once, which also take half of its 64 registers: 0.74 slots and no spill, but 372 where " +
      "one block of the input is straight code",
  },
  {
    when: isMali,
    variants: [direct({ pixels: [2, 2, 1], workgroup: [16, 4], loop: "kept" })],
    alternatives: [direct({ pixels: [4, 1, 1], workgroup: [16, 4], loop: "kept" })],
    reason:
      "2x2 pixels of 4 channels fit Mali's 64 registers: 1.29 slots and no spill, but 378 where one block of the input is straight code",
  },
  {
    when: isApple,
    variants: [direct({ pixels: [4, 1, 2], workgroup: [16, 4] })],
    alternatives: [ROW_IN_HALVES, SMALL_ROW, SPREAD_ROW],
    reason: "4x1 pixels of 8 channels take 135 of Apple's 255 half registers, where 4x2 spill 158 times",
  },
  {
    when: isNvidia,
    variants: [direct({ ...SPREAD_UNIFORM, pixels: [2, 2, 2] }), NVIDIA_ADJACENT],
    alternatives: [
      direct({ ...SPREAD_UNIFORM, pixels: [4, 1, 2] }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4], math: "f16" }),
      direct({ pixels: [4, 2, 2], workgroup: [16, 4], rows: "looped", weights: "uniform" }),
      direct({ ...NVIDIA_TALL, workgroup: [16, 4], weights: "uniform" }),
      winograd({ workgroup: [16, 4] }),
    ],
    exceptions: [
      { forms: isOneTap, variants: [NVIDIA_ONE_TAP, NVIDIA_ADJACENT] },
      {
        forms: isLarge,
        variants: [direct({ ...SPREAD_UNIFORM, pixels: [2, 2, 2], other: NVIDIA_TALL }), NVIDIA_ADJACENT],
      },
    ],
    reason:
      "NVIDIA's neighbours load and store side by side where pixels are spread: on an H200 anime-6b at 256x256 takes 23.6 ms, not 26.0, and 12->56 1x1 half",
  },
  {
    when: (_, storage) => storage === "f16",
    variants: [ROW_IN_HALVES],
    exceptions: [{ forms: isLarge, variants: [direct(HALF_ROW_IN_HALVES)] }, ...SUMS_IN_FLOATS],
    reason: "4x1 pixels of 8 channels summed in halves spill in the hot loop of no compiler at hand",
  },
  {
    when: () => true,
    variants: [SMALL],
    alternatives: [SMALL_ROW],
    reason: "2x2 pixels of 4 channels spill on no compiler at hand that loads vectors whole",
  },
];

type Tile = readonly [x: number, y: number, channelBlocks: number];

function tile([pixelsX, pixelsY, channelBlocks]: Tile) {
  return { pixelsX, pixelsY, channelBlocks };
}

/** A tile whose pixels lie side by side, or spread along x. */
interface LaidTile {
  readonly pixels: Tile;
  readonly columns?: "spread";
}

function laidTile({ pixels, ...columns }: LaidTile) {
  return { ...tile(pixels), ...columns };
}

function direct({
  workgroup: [workgroupX, workgroupY],
  rows = "unrolled",
  math = "f32",
  other,
  ...shape
}: LaidTile & {
  readonly other?: LaidTile;
  readonly workgroup: readonly [x: number, y: number];
  readonly rows?: "unrolled" | "looped";
  readonly math?: MathType;
  readonly weights?: "uniform" | "whole-uniform";
  readonly rowsInStorage?: "looped";
  readonly subgroup?: PinnedSubgroup;
  readonly loop?: "kept";
  readonly outputs?: "whole";
}): ConvVariant {
  const own = { kind: "direct", ...laidTile(shape), workgroupX, workgroupY, rows, math } as const;
  return other ? { ...own, other: laidTile(other) } : own;
}

function shared(shape: {
  readonly pixels: Tile;
  readonly workgroup: readonly [x: number, y: number];
  readonly rows: "window" | "rolling";
  readonly lanes: 4 | 8;
}): ConvVariant {
  const [workgroupX, workgroupY] = shape.workgroup;
  const { rows, lanes } = shape;
  return { kind: "shared", ...tile(shape.pixels), workgroupX, workgroupY, rows, math: "f32", lanes };
}

function winograd({
  workgroup: [workgroupX, workgroupY],
  math = "f32",
  channelBlocks = 2,
  ...pinned
}: {
  readonly workgroup: readonly [x: number, y: number];
  readonly math?: MathType;
  /** At most so many in one invocation. */
  readonly channelBlocks?: 2 | 3;
  readonly subgroup?: PinnedSubgroup;
}): ConvVariant {
  return { kind: "winograd", channelBlocks, workgroupX, workgroupY, math, ...pinned };
}
