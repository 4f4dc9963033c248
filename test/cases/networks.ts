// Owns weight files for tests: networks of every supported kind, small, with seeded random weights, in every key layout.

import { detectNetwork } from "../../src/models/detect.js";
import type { Model } from "../../src/models/model.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { randomFloats, seededRandom } from "./random.js";

export type KeyLayout = "real-esrgan" | "esrgan" | "old-arch";

export interface RrdbOptions {
  readonly seed?: number;
  readonly layout?: KeyLayout;
  readonly blocks?: number;
  readonly features?: number;
  readonly growth?: number;
  readonly ups?: number;
  /** By how much the picture is unshuffled. */
  readonly unshuffle?: number;
  readonly channels?: number;
  /** ESRGAN+. */
  readonly plus?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The model of these weights. */
export function modelOf(weights: TensorMap): Model {
  return { name: "synthetic", network: detectNetwork(weights), byteLength: 0, metadata: {} };
}

export type Shapes = [name: string, shape: readonly number[]][];

/** The weights of an RRDBNet. */
export function rrdbWeights(options: RrdbOptions = {}): TensorMap {
  const { blocks = 1, features = 8, growth = 4, ups = 2, unshuffle = 1, channels = 3, plus = false } = options;
  const shapes: Shapes = [
    ...conv("conv_first", channels * unshuffle ** 2, features),
    ...trunk({ blocks, features, growth, plus }),
    ...conv("conv_body", features, features),
    ...Array.from({ length: ups }, (_, up) => conv(`conv_up${up + 1}`, features, features)).flat(),
    ...conv("conv_hr", features, features),
    ...conv("conv_last", features, channels),
  ];
  const rename = RENAMERS[options.layout ?? "real-esrgan"](blocks, ups);
  return weights(
    shapes.map(([name, shape]) => [rename(name), shape]),
    options,
  );
}

export interface RrdnOptions {
  readonly seed?: number;
  readonly blocks?: number;
  readonly denseBlocks?: number;
  readonly convs?: number;
  readonly features?: number;
  readonly growth?: number;
  readonly scale?: number;
  readonly channels?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The weights of an RRDN. */
export function rrdnWeights(options: RrdnOptions = {}): TensorMap {
  const { blocks = 1, denseBlocks = 3, convs = 4, features = 8, growth = 4, scale = 2, channels = 3 } = options;
  const shapes: Shapes = [
    ...conv("conv_first", channels, features),
    ...trunk({ blocks, denseBlocks, convs, features, growth, plus: false }),
    ...conv("conv_body", features, features),
    ...conv("conv_shuffle", features, channels * scale ** 2),
    ...conv("conv_last", channels, channels),
  ];
  return weights(shapes, options);
}

export interface RdnOptions {
  readonly blocks?: number;
  readonly convs?: number;
  readonly scale?: number;
  readonly channels?: number;
  /** Whether channels become pixels before the last convolution; else each pixel is repeated. */
  readonly isShuffled?: boolean;
  /** Beside the scale and a range of 1; undefined takes that away. */
  readonly metadata?: Readonly<Record<string, string | undefined>>;
}

/** The weights of an RDN. */
export function rdnWeights(options: RdnOptions = {}): TensorMap {
  const { blocks = 2, convs = 2, scale = 2, channels = 3, isShuffled = false, metadata = {} } = options;
  const made = channels * scale ** 2;
  const shapes: Shapes = [
    ...conv("sfe1", channels, 8),
    ...conv("sfe2", 8, 6),
    ...Array.from({ length: blocks }, (_, n): Shapes => {
      const growths = Array.from({ length: convs }, (_, j) => conv(`rdb.${n}.conv${j + 1}`, 6 + 4 * j, 4));
      return [...growths.flat(), ...conv(`rdb.${n}.lff`, 6 + 4 * convs, 6, 1)];
    }).flat(),
    ...conv("gff1", 6 * blocks, 5, 1),
    ...conv("gff2", 5, 8),
    ...conv("up1", 8, 7, 5),
    ...conv("up2", 7, made),
    ...conv("conv_last", isShuffled ? channels : made, channels),
  ];
  return weights(shapes, { metadata: present({ scale: `${scale}`, range: "1", ...metadata }) });
}

export interface CompactOptions {
  readonly seed?: number;
  /** Convolutions between the first and the last. */
  readonly blocks?: number;
  readonly features?: number;
  readonly scale?: number;
  readonly channels?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The weights of an SRVGGNetCompact. */
export function compactWeights(options: CompactOptions = {}): TensorMap {
  const { blocks = 1, features = 8, scale = 4, channels = 3 } = options;
  const shapes: Shapes = [];
  for (let index = 0; index <= 2 * blocks; index += 2) {
    shapes.push(...conv(`body.${index}`, index === 0 ? channels : features, features));
    shapes.push([`body.${index + 1}.weight`, [features]]);
  }
  shapes.push(...conv(`body.${2 * blocks + 2}`, features, channels * scale ** 2));
  return weights(shapes, options);
}

/** A Compact that gives its input back, each pixel `scale` x `scale` times. */
export function copyWeights(scale: number): TensorMap {
  const { tensors, metadata } = compactWeights({ scale });
  const zeroed = [...tensors].map(([name, each]) => {
    return [name, new WeightTensor(name, each.shape, each.floats().fill(0))] as const;
  });
  return { tensors: new Map(zeroed), metadata };
}

export type LumaKind = "srcnn" | "fsrcnn" | "espcn" | "vdsr";

export interface LumaOptions {
  readonly seed?: number;
  readonly scale?: number;
  /** Beside what the kind of network needs stated; undefined takes that away. */
  readonly metadata?: Readonly<Record<string, string | undefined>>;
}

const LUMA_SHAPES: { readonly [K in LumaKind]: (scale: number) => Shapes } = {
  srcnn: () => [...conv("conv1", 1, 8, 9), ...conv("conv2", 8, 4, 1), ...conv("conv3", 4, 1, 5)],
  fsrcnn: () => [
    ...conv("conv1", 1, 8, 5),
    ["prelu1.weight", [8]],
    ...conv("conv2", 8, 3, 1),
    ["prelu2.weight", [3]],
    ...conv("conv3", 3, 3),
    ["prelu3.weight", [3]],
    ...conv("conv4", 3, 8, 1),
    ["prelu4.weight", [8]],
    ["deconv.weight", [8, 1, 9, 9]],
    ["deconv.bias", [1]],
  ],
  espcn: (scale) => [...conv("conv1", 1, 8, 5), ...conv("conv2", 8, 4), ...conv("conv3", 4, scale ** 2)],
  vdsr: () => [...conv("conv1", 1, 8), ...conv("conv2", 8, 8), ...conv("conv3", 8, 8), ...conv("conv4", 8, 1)],
};

const LUMA_METADATA: { readonly [K in LumaKind]: (scale: number) => Readonly<Record<string, string>> } = {
  srcnn: (scale) => ({ scale: `${scale}`, luma: "studio", padding: "replicate" }),
  fsrcnn: (scale) => ({ scale: `${scale}`, luma: "studio", padding: "zeros" }),
  espcn: () => ({ luma: "full" }),
  vdsr: (scale) => ({ scale: `${scale}`, luma: "studio" }),
};

/** The weights of a network for luma, with what its tensors leave open stated. */
export function lumaWeights(kind: LumaKind, { scale = 2, metadata = {}, seed = 1 }: LumaOptions = {}): TensorMap {
  return weights(LUMA_SHAPES[kind](scale), { seed, metadata: present({ ...LUMA_METADATA[kind](scale), ...metadata }) });
}

function present(metadata: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const said = Object.entries(metadata).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(said);
}

/** The weights of an SRGAN's generator or of an SRResNet, of one block and one up-convolution. */
export function residualWeights(kind: "srgan" | "srresnet"): TensorMap {
  const norm = (name: string) => normalization(name, 4);
  return weights(kind === "srgan" ? srganShapes(norm) : srresnetShapes(norm), {});
}

function srganShapes(norm: (name: string) => Shapes): Shapes {
  return [
    ...conv("block1.0", 3, 4, 9),
    ["block1.1.weight", [1]],
    ...conv("block2.conv1", 4, 4),
    ...norm("block2.bn1"),
    ["block2.prelu.weight", [1]],
    ...conv("block2.conv2", 4, 4),
    ...norm("block2.bn2"),
    ...conv("block3.0", 4, 4),
    ["block3.1.weight", [1]],
    ...conv("block4.0.conv", 4, 16),
    ["block4.0.prelu.weight", [1]],
    ...conv("block4.1", 4, 3, 9),
  ];
}

/** Convolutions before a normalisation have no bias. */
function srresnetShapes(norm: (name: string) => Shapes): Shapes {
  return [
    ...conv("convolution0", 3, 4, 9),
    ["leakyrelu0.weight", [4]],
    ...[1, 2, 3].flatMap((n): Shapes => [[`convolution${n}.weight`, [4, 4, 3, 3]], ...norm(`batchnorm${n - 1}`)]),
    ["leakyrelu1.weight", [4]],
    ...conv("convolution4", 4, 16),
    ["leakyrelu2.weight", [4]],
    ...conv("convolution5", 4, 3, 9),
  ];
}

/** The weights of an EDSR of one block, 2 times. */
export function edsrWeights(): TensorMap {
  return weights(
    [
      ["DIV2K_mean", [1, 3, 1, 1]],
      ...conv("convolution0", 3, 4),
      ...[1, 2, 3].flatMap((n) => conv(`convolution${n}`, 4, 4)),
      ...conv("convolution4", 4, 16),
      ...conv("convolution5", 4, 3),
    ],
    {},
  );
}

/** A Compact with activations of about `size`, brought back to the size of pixels by the last convolution. */
export function swollen(size: number, beyond = 1): Model {
  const { tensors, metadata } = compactWeights({ scale: 2, blocks: 2 });
  const factors: Readonly<Record<string, number>> = {
    ...{ "body.0.weight": size, "body.0.bias": size, "body.2.weight": beyond },
    ...{ "body.2.bias": size, "body.4.bias": size, "body.6.weight": 1 / size },
  };
  const scaled = [...tensors].map(([name, each]) => {
    const values = each.floats().map((value) => value * (factors[name] ?? 1));
    return [name, new WeightTensor(name, each.shape, values)] as const;
  });
  return modelOf({ tensors: new Map(scaled), metadata });
}

/** `map` with some tensors taken away, put in or exchanged. */
export function altered(map: TensorMap, changes: Readonly<Record<string, readonly number[] | undefined>>): TensorMap {
  const tensors = new Map(map.tensors);
  for (const [name, shape] of Object.entries(changes)) {
    if (shape) tensors.set(name, randomTensorOf(name, shape, 1));
    else if (!tensors.delete(name)) throw new Error(`There is no tensor ${name}`);
  }
  return { ...map, tensors };
}

/** A batch normalisation's tensors. */
export function normalization(name: string, channels: number): Shapes {
  return ["weight", "bias", "running_mean", "running_var"].map((each) => [`${name}.${each}`, [channels]]);
}

/** A convolution's tensors. */
export function conv(name: string, inChannels: number, outChannels: number, kernel = 3): Shapes {
  return [
    [`${name}.weight`, [outChannels, inChannels, kernel, kernel]],
    [`${name}.bias`, [outChannels]],
  ];
}

function trunk(shape: {
  blocks: number;
  denseBlocks?: number;
  convs?: number;
  features: number;
  growth: number;
  plus: boolean;
}): Shapes {
  const { blocks, denseBlocks = 3, convs = 5, features, growth, plus } = shape;
  const shapes: Shapes = [];
  for (let n = 0; n < blocks; n++) {
    for (let k = 1; k <= denseBlocks; k++) {
      const id = `body.${n}.rdb${k}`;
      for (let j = 1; j <= convs; j++) {
        shapes.push(...conv(`${id}.conv${j}`, features + (j - 1) * growth, j < convs ? growth : features));
      }
      if (plus) shapes.push([`${id}.conv1x1.weight`, [growth, features, 1, 1]]);
    }
  }
  return shapes;
}

const RENAMERS: { readonly [L in KeyLayout]: (blocks: number, ups: number) => (name: string) => string } = {
  "real-esrgan": () => (name) => name,
  esrgan: () => (name) =>
    name
      .replace(/^body\.(\d+)\.rdb(\d)/, "RRDB_trunk.$1.RDB$2")
      .replace("conv_body", "trunk_conv")
      .replace("conv_up", "upconv")
      .replace("conv_hr", "HRconv"),
  "old-arch": (blocks, ups) => (name) =>
    name
      .replace(/^body\.(\d+)\.rdb(\d)\.conv1x1/, "model.1.sub.$1.RDB$2.conv1x1")
      .replace(/^body\.(\d+)\.rdb(\d)\.conv(\d)\./, "model.1.sub.$1.RDB$2.conv$3.0.")
      .replace("conv_body", `model.1.sub.${blocks}`)
      .replace("conv_first", "model.0")
      .replace(/^conv_up(\d)/, (_, up) => `model.${3 * Number(up)}`)
      .replace("conv_hr", `model.${3 * ups + 2}`)
      .replace("conv_last", `model.${3 * ups + 4}`),
};

/** Weights that keep values near 1, and the output, which the last convolution in the list makes, mostly within 0..1. */
export function weights(
  shapes: Shapes,
  { seed = 1, metadata = {} }: { seed?: number; metadata?: Readonly<Record<string, string>> },
): TensorMap {
  const tensors = new Map(
    shapes.map(([name, shape], index) => {
      const made = randomTensorOf(name, shape, seed * 1000 + index);
      const isLast = index >= shapes.length - 2;
      // A variance is not negative.
      if (name.endsWith("running_var")) return [name, new WeightTensor(name, shape, made.floats().map(Math.abs))];
      const values = isLast ? made.floats().map((value) => value / 4 + (shape.length === 1 ? 0.5 : 0)) : made.floats();
      return [name, new WeightTensor(name, shape, values)];
    }),
  );
  return { tensors, metadata };
}

function randomTensorOf(name: string, shape: readonly number[], seed: number): WeightTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const terms = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const scale = shape.length > 1 ? 1.5 / Math.sqrt(terms) : 0.5;
  return new WeightTensor(name, shape, randomFloats(seededRandom(seed), count, scale));
}
