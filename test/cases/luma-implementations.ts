// Owns the networks for luma, and their like for red, green and blue, as well-known implementations name them: see implementations.ts.

import { type Tensor, tensor } from "../../src/ops/tensor.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import type { Implementation } from "./implementations.js";
import { conv, type Shapes, weights } from "./networks.js";
import { operations, plus, shuffle, tanh } from "./plain-operations.js";
import { enlarged } from "./plain-resize.js";

interface LumaImplementation extends Omit<Implementation, "weights" | "run" | "isLuma"> {
  readonly channels?: 1 | 3;
  readonly shapes: (channels: number) => Shapes;
  /** What it makes of its picture, of 1 or 3 channels; enlarged before where it takes those. */
  readonly net: (map: TensorMap, x: Tensor) => Tensor;
  readonly isEnlarged?: boolean;
}

/** Of a gray picture the full-range luma is the gray, and what is made of it is the result. */
function implementation({
  channels = 1,
  shapes,
  net,
  isEnlarged = false,
  ...rest
}: LumaImplementation): Implementation {
  const run = (map: TensorMap, picture: Tensor) => {
    const plane = picture.width * picture.height;
    const taken = tensor({ ...picture, channels }, picture.data.slice(0, channels * plane));
    const made = net(map, isEnlarged ? enlarged(taken, rest.scale, "imresize") : taken);
    if (channels === 3) return made;
    const { width, height } = made;
    return tensor({ channels: 3, width, height }, Float32Array.from([...made.data, ...made.data, ...made.data]));
  };
  return { ...rest, weights: weights(shapes(channels), {}), run, isLuma: channels === 1 };
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The convolutions `names`, one after another, with what follows each but the last. */
function chain(names: readonly string[], act: (x: Tensor, name: string) => Tensor) {
  return (map: TensorMap, x: Tensor) => {
    const { conv } = operations(map);
    return names.reduce((y, name, n) => (n === names.length - 1 ? conv(name, y) : act(conv(name, y), name)), x);
  };
}

const relu = (x: Tensor) =>
  tensor(
    x,
    x.data.map((value) => Math.max(value, 0)),
  );

/** 5x5, 3x3 and 3x3, shuffled by 2. */
function espcn(name: string, names: readonly string[], channels: 1 | 3 = 1): LumaImplementation {
  const net = chain(names, tanh);
  return {
    name,
    architecture: "espcn",
    scale: 2,
    blocks: 1,
    channels,
    stated: channels === 1 ? { luma: "full" } : {},
    shapes: (c) => [...conv(names[0]!, c, 5, 5), ...conv(names[1]!, 5, 4), ...conv(names[2]!, 4, 4 * c)],
    net: (map, x) => shuffle(net(map, x), 2),
  };
}

const FOUR = range(4).map((n) => `conv${n + 1}`);

function srcnn(name: string, names: readonly string[], channels: 1 | 3 = 1): LumaImplementation {
  return {
    name,
    architecture: "srcnn",
    scale: 3,
    blocks: 1,
    channels,
    isEnlarged: true,
    stated: { scale: "3", padding: "zeros", ...(channels === 1 ? { luma: "full" } : {}) },
    shapes: (c) => [...conv(names[0]!, c, 5, 9), ...conv(names[1]!, 5, 4, 1), ...conv(names[2]!, 4, c, 5)],
    net: chain(names, relu),
  };
}

interface FsrcnnNames {
  readonly convs: readonly string[];
  readonly slopes: readonly string[];
  readonly deconv: string;
}

/** 5x5, 1x1, 3x3 twice, 1x1 and the transposed convolution. */
function fsrcnn(name: string, { convs, slopes, deconv }: FsrcnnNames, channels: 1 | 3 = 1): LumaImplementation {
  const widths = [5, 3, 3, 3, 5];
  const kernels = [5, 1, 3, 3, 1];
  return {
    name,
    architecture: "fsrcnn",
    scale: 2,
    blocks: 4,
    channels,
    stated: { scale: "2", padding: "zeros", ...(channels === 1 ? { luma: "full" } : {}) },
    shapes: (c) => [
      ...convs.flatMap((each, n): Shapes => {
        return [...conv(each, widths[n - 1] ?? c, widths[n]!, kernels[n]), [`${slopes[n]}.weight`, [widths[n]!]]];
      }),
      [`${deconv}.weight`, [5, c, 9, 9]],
      [`${deconv}.bias`, [c]],
    ],
    net(map, x) {
      const { conv, slopes: prelu, deconv: transposed } = operations(map);
      const deep = convs.reduce((y, each, n) => prelu(slopes[n]!, conv(each, y)), x);
      return transposed(deconv, deep, 2);
    },
  };
}

const YJN870: FsrcnnNames = {
  convs: ["first_part.0", "mid_part.0", "mid_part.2", "mid_part.4", "mid_part.6"],
  slopes: ["first_part.1", "mid_part.1", "mid_part.3", "mid_part.5", "mid_part.7"],
  deconv: "last_part",
};
const LORNATANG: FsrcnnNames = {
  convs: ["feature_extraction.0", "shrink.0", "map.0", "map.2", "expand.0"],
  slopes: ["feature_extraction.1", "shrink.1", "map.1", "map.3", "expand.1"],
  deconv: "deconv",
};

/** Convolutions without a bias, whose result is added to the enlarged picture. */
function vdsr(name: string, names: readonly string[], channels: 1 | 3 = 1): LumaImplementation {
  const net = chain(names, relu);
  return {
    name,
    architecture: "vdsr",
    scale: 2,
    blocks: names.length - 2,
    channels,
    isEnlarged: true,
    stated: { scale: "2", ...(channels === 1 ? { luma: "full" } : {}) },
    shapes: (c) =>
      names.map(
        (each, n) => [`${each}.weight`, [n < names.length - 1 ? 4 : c, n === 0 ? c : 4, 3, 3]] as const,
      ) as Shapes,
    net: (map, x) => plus(x, net(map, x)),
  };
}

export const LUMA_IMPLEMENTATIONS: readonly Implementation[] = [
  espcn("yjn870's ESPCN", ["first_part.0", "first_part.2", "last_part.0"]),
  espcn("anujdutt9's ESPCN", ["feature_map_layer.0", "feature_map_layer.2", "sub_pixel_layer.0"]),
  espcn("Lornatang's ESPCN", ["feature_maps.0", "feature_maps.2", "sub_pixel.0"]),
  espcn("an ESPCN of colour", ["first_part.0", "first_part.2", "last_part.0"], 3),
  {
    name: "the four convolutions of PyTorch's example",
    architecture: "espcn",
    scale: 3,
    blocks: 2,
    stated: { luma: "full", activation: "relu" },
    shapes: (c: number) => [
      ...conv("conv1", c, 5, 5),
      ...conv("conv2", 5, 5),
      ...conv("conv3", 5, 4),
      ...conv("conv4", 4, 9 * c),
    ],
    net: (map: TensorMap, x: Tensor) => shuffle(chain(FOUR, relu)(map, x), 3),
  } satisfies LumaImplementation,
  srcnn("yjn870's SRCNN", ["conv1", "conv2", "conv3"]),
  srcnn("Lornatang's SRCNN", ["features.0", "map.0", "reconstruction"]),
  srcnn("an SRCNN of colour", ["conv1", "conv2", "conv3"], 3),
  fsrcnn("yjn870's FSRCNN", YJN870),
  fsrcnn("Lornatang's FSRCNN", LORNATANG),
  fsrcnn("an FSRCNN of colour", YJN870, 3),
  vdsr("twtygqyy's VDSR", ["input", "residual_layer.0.conv", "residual_layer.1.conv", "output"]),
  vdsr("Lornatang's VDSR", ["conv1.0", "trunk.0.conv", "trunk.1.conv", "conv2"]),
  vdsr("a VDSR of colour", ["conv1", "conv2", "conv3", "conv4"], 3),
].map(implementation);
