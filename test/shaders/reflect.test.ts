// What the shaders say of themselves, read by another WGSL parser, against what the plan binds.

import { describe, expect, it } from "vitest";
import { ResourceType, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { GraphBuilder } from "../../src/graph/builder.js";
import { fuse } from "../../src/graph/fuse.js";
import { loadModel } from "../../src/index.js";
import type { KernelCall } from "../../src/ops/kernel.js";
import {
  type AlphaForm,
  accumulateKernel,
  imageToTensorKernel,
  resizePixelsKernel,
  type SourceForm,
  storeKernel,
  type TargetForm,
  tensorToImageKernel,
} from "../../src/ops/picture.kernels.js";
import { plane } from "../../src/ops/plane.js";
import { REGION_BYTES, regionWords } from "../../src/ops/region.js";
import { copyTextureKernel } from "../../src/ops/texture-copy.kernels.js";
import { DEFAULT_CAPABILITIES, type DeviceCapabilities } from "../../src/plan/capabilities.js";
import { planExecution } from "../../src/plan/execution-plan.js";
import type { PlannedPipeline } from "../../src/plan/runnable-plan.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { LEAKY } from "../cases/graphs.js";

const GPU: DeviceCapabilities = { ...DEFAULT_CAPABILITIES, vendor: "acme" };
const DEVICES: readonly [name: string, device: DeviceCapabilities][] = [
  ["a GPU", GPU],
  ["AMD", { ...GPU, vendor: "amd", subgroupMinSize: 32, subgroupMaxSize: 64, subgroupSizeControl: true }],
  ["an Adreno, with uniform weights", { ...GPU, vendor: "qualcomm", architecture: "adreno-7xx" }],
  ["an old Adreno", { ...GPU, vendor: "qualcomm", architecture: "adreno-6xx" }],
  ["a software adapter", { ...GPU, kind: "software", description: "llvmpipe" }],
  ["a software adapter with subgroups", { ...GPU, kind: "software", description: "llvmpipe", subgroupMinSize: 8 }],
];
const STORAGES: readonly Storage[] = ["f32", "f16", "packed-f16"];

/** A graph with every operation, also where it cannot be folded into a convolution. */
function everything() {
  const weights = new Map(
    [
      ["first.weight", [8, 16, 3, 3]],
      ["second.weight", [6, 16, 1, 1]],
      ["slopes.weight", [24]],
    ].map(([name, shape]) => {
      const values = new Float32Array((shape as number[]).reduce((product, n) => product * n, 1));
      return [name as string, new WeightTensor(name as string, shape as number[], values)];
    }),
  );
  const b = new GraphBuilder({ tensors: weights, metadata: {} });
  const wide = b.pixelUnshuffle("unshuffle", b.input(4), 2);
  const joined = b.concat("concat", [b.conv("first", wide, LEAKY, { bias: false }), wide]);
  const active = b.activate("leaky", b.activate("prelu", joined, b.preluSlopes("slopes", 24)), LEAKY);
  const large = b.upsampleNearest("nearest", b.conv("second", wide, { kind: "sigmoid" }, { bias: false }), 2);
  const sum = b.scaledAdd(
    "add",
    b.pixelShuffle("shuffle", active, 2),
    0.5,
    b.activate("again", large, { kind: "tanh" }),
  );
  return b.build(b.resize("resize", sum, { mode: "bicubic", antialias: true, factor: 0.5 }));
}

/** Bytes of each uniform. */
const UNIFORM_BYTES: { readonly [type: string]: number } = { Planes: 144, Region: REGION_BYTES };

const UNIFORM_WEIGHTS = /^array<array<vec4[fu], (\d+)>, (\d+)>$/;

/** What a kernel declares in the words of its bindings, with its types' names and, of a stored texture, its format. */
function declared(reflected: WgslReflect) {
  const uniforms = reflected.uniforms.map((each) => ({ ...each, access: "uniform" }));
  const storage = reflected.storage.map((each) => ({
    ...each,
    access: each.resourceType === ResourceType.StorageTexture ? "store" : each.access,
  }));
  const textures = reflected.textures.map((each) => ({
    ...each,
    access: each.type.name === "texture_external" ? "external" : "texture",
  }));
  return [...uniforms, ...storage, ...textures]
    .map(({ group, binding, name, access, type }) => ({ group, binding, name, access, type: type.name }))
    .sort((one, other) => one.binding - other.binding);
}

function checkKernel({ label, code, bindings }: PlannedPipeline): void {
  const reflected = new WgslReflect(code);
  expect(
    reflected.entry.compute.map(({ name }) => name),
    label,
  ).toEqual(["main"]);
  expect(declared(reflected), label).toEqual(
    bindings.map(({ name, access, type }, binding) => ({
      group: 0,
      binding,
      name,
      access,
      type: /^\w+/.exec(type)![0],
    })),
  );
  expect(bindings.filter(({ access }) => access === "read" || access === "read_write").length).toBeLessThanOrEqual(8);
  for (const { name, size, type } of reflected.uniforms) {
    const rows = UNIFORM_WEIGHTS.exec(bindings.find((each) => each.name === name)!.type);
    expect(size, `${label}: ${name}`).toBe(rows ? 16 * Number(rows[1]) * Number(rows[2]) : UNIFORM_BYTES[type.name]);
    expect(size, `${label}: ${name}`).toBeLessThanOrEqual(65_536);
  }
  const [x = 1, y = 1, z = 1] = /@workgroup_size\(([^)]*)\)/.exec(code)![1]!.split(",").map(Number);
  expect(x * y * z, label).toBeLessThanOrEqual(256);
  expect(Math.max(x, y), label).toBeLessThanOrEqual(256);
}

describe.each(DEVICES)("%s", (_, device) => {
  it.each(STORAGES)("binds what its kernels declare, stored as %s", async (storage) => {
    const model = await loadModel("general-x4v3");
    const request = { width: 16, height: 16, storage, device: { ...device, shaderF16: storage === "f16" } };
    const picture = { source: { kind: "packed", channels: 3, bits: 8 }, bits: 8, gray: false } as const;
    const plans = [
      planExecution(fuse(model.network.graph), { ...request, io: { kind: "picture", ...picture } }),
      planExecution(fuse(everything()), { ...request, io: { kind: "tensor" } }),
    ];
    for (const { pipelines } of plans) pipelines.forEach(checkKernel);
  });
});

const SIZE = { width: 5, height: 4 };
const TAPS = { x: 4, y: 3 };
const CHANNELS = [1, 2, 3, 4] as const;
const BITS = [8, 16] as const;
const FLAGS = [false, true] as const;

const PACKED_FORMS = CHANNELS.flatMap((channels) => BITS.map((bits) => ({ kind: "packed", channels, bits }) as const));

const SOURCES: readonly SourceForm[] = [
  ...PACKED_FORMS,
  ...(["none", "srgb", "hdr"] as const).map((encode) => {
    const flag = encode === "srgb";
    const values = { hasLevels: flag, isDecoded: flag, encode, unpremultiply: flag, flip: !flag };
    return { kind: "texture", ...values, countsNaN: !flag } as const;
  }),
  { kind: "external", flip: true },
];

const TARGETS: readonly TargetForm[] = [
  ...PACKED_FORMS,
  ...(["rgba8unorm", "bgra8unorm", "rgba16float", "rgba32float"] as const).map((format) => {
    const decode = format.endsWith("float") ? "hdr" : "srgb";
    return { kind: "texture", format, decode, premultiply: true, flip: true } as const;
  }),
];

const ALPHAS: readonly AlphaForm[] = [
  { kind: "opaque" },
  ...(["packed", "texture"] as const).flatMap((kind) => BITS.map((bits) => ({ kind, bits, taps: TAPS }))),
];

/** Every kernel of ops/picture.kernels.ts, in every form that changes its text or its bindings. */
const PICTURE_KERNELS: { readonly [name: string]: readonly KernelCall[] } = {
  "image-to-tensor": SOURCES.flatMap((source) =>
    [1, 3].flatMap((channels) =>
      STORAGES.map((storage) => imageToTensorKernel(source, { plane: plane(5, 4, 1), channels }, storage)),
    ),
  ),
  "tensor-to-image": [1, 3].flatMap((channels) =>
    BITS.map((bits) => {
      const tensor = { plane: plane(5, 4, 1), channels, access: "read" } as const;
      return tensorToImageKernel(tensor, 5, { bits, gray: channels === 3 }, "f32");
    }),
  ),
  "resize-pixels": SOURCES.flatMap((source) => BITS.map((bits) => resizePixelsKernel(source, { ...SIZE, bits }, TAPS))),
  accumulate: [accumulateKernel(SIZE)],
  store: (["result", "sums"] as const).flatMap((kind) =>
    TARGETS.flatMap((target) => ALPHAS.map((alpha) => storeKernel({ kind, bits: 8 }, target, alpha, SIZE))),
  ),
  "copy-texture": FLAGS.map((encode) => copyTextureKernel({ encode }, "rgba16float", SIZE)),
};

describe("the kernels of pictures", () => {
  it.each(Object.keys(PICTURE_KERNELS))("bind what they declare: %s", (name) => {
    for (const { variant, code, bindings } of PICTURE_KERNELS[name]!) {
      checkKernel({ label: `${name} ${variant}`, code, bindings });
    }
  });

  it("all know a region but for those that know none", () => {
    const withRegion = Object.entries(PICTURE_KERNELS).filter(([, calls]) =>
      calls.every(({ bindings }) => bindings.some(({ type }) => type === "Region")),
    );
    expect(withRegion.map(([name]) => name)).toEqual(["image-to-tensor", "resize-pixels", "accumulate", "store"]);
  });

  it("find each word of a region where it was put", () => {
    const call = accumulateKernel(SIZE);
    const region = new WgslReflect(call.code).uniforms.find(({ name }) => name === "region")!;
    const words = regionWords(
      {
        from: { x: -3, y: 5 },
        border: { x: "wrap", y: "reflect" },
        orientation: { mirrorX: true, mirrorY: false, transpose: true },
        result: { width: 16, height: 17 },
        kept: { x: 10, y: 11, width: 12, height: 13 },
        to: { x: 14, y: 15 },
        isFirst: true,
      },
      {
        source: { x: 2, y: -1, width: 20, height: 21, pitch: 22, offset: 23 },
        target: { offset: 24, pitch: 25 },
        tables: { x: 26, y: 27, width: 28, height: 29 },
        alpha: { x: -30, y: 31, width: 32, height: 33, pitch: 34, offset: 0 },
        alphaBorder: "wrap",
      },
    );
    expect(words.byteLength).toBe(REGION_BYTES);
    const found = region.members!.map(({ name, offset, size }) => [
      name,
      [...new Int32Array(words.buffer, offset, size / 4)],
    ]);
    expect(Object.fromEntries(found)).toEqual({
      start: [-5, 6],
      extent: [20, 21],
      offset: [23],
      pitch: [22],
      border: [1, 2],
      mirror: [1, 0],
      transpose: [1],
      first: [1],
      kept: [10, 11, 22, 24],
      to: [14, 15],
      toOffset: [24],
      toPitch: [25],
      tableFrom: [26, 27],
      tableSize: [28, 29],
      alphaFrom: [-30, 31],
      alphaExtent: [32, 33],
      alphaPitch: [34],
      alphaBorder: [1],
      result: [16, 17],
    });
  });
});

describe("kernels that share weights", () => {
  it.each([
    ["lavapipe", { description: "llvmpipe", subgroupMinSize: 8 }],
    ["SwiftShader", { description: "SwiftShader", subgroupMinSize: 4 }],
  ])("have no loop of a constant count for %s, whose compiler might unroll it", async (_, about) => {
    const model = await loadModel("general-x4v3");
    const device: DeviceCapabilities = { ...DEFAULT_CAPABILITIES, kind: "software", ...about };
    const source = { kind: "packed", channels: 3, bits: 8 } as const;
    const io = { kind: "picture", source, bits: 8, gray: false } as const;
    for (const size of [16, 256]) {
      const request = { width: size, height: size, storage: "f32", device, io } as const;
      const shared = planExecution(fuse(model.network.graph), request).pipelines.filter(({ label }) =>
        label.includes("shared"),
      );
      expect(shared.length).toBeGreaterThan(0);
      for (const { code, label } of shared) expect(code, label).not.toMatch(/; *\w+ < \d+u *;/);
    }
  });
});
