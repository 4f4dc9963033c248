// Owns the networks as well-known implementations name and lay them out, small and with seeded random weights, and what each makes of a
// picture: written down from its code's formula on its own names, a second time.

import type { Tensor } from "../../src/ops/tensor.js";
import { tensor } from "../../src/ops/tensor.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { LUMA_IMPLEMENTATIONS } from "./luma-implementations.js";
import { conv, normalization, type Shapes, weights } from "./networks.js";
import { eachChannel, leaky, operations, plus, RELU, shuffle, tanh, times, up } from "./plain-operations.js";
import { enlarged } from "./plain-resize.js";

export interface Implementation {
  readonly name: string;
  readonly architecture: string;
  readonly scale: number;
  readonly blocks: number;
  readonly weights: TensorMap;
  /** What is put before every tensor's name. */
  readonly prefix?: string;
  /** What no tensor and no name tells. */
  readonly stated: Readonly<Record<string, string>>;
  /** The picture, 0 to 1, that it makes of red, green and blue of 0 to 1; of gray for a network for luma. */
  readonly run: (map: TensorMap, x: Tensor) => Tensor;
  readonly isLuma?: boolean;
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);
const of = (shapes: Shapes) => weights(shapes, {});
/** With these tensors in place of random ones. */
const fixed = (map: TensorMap, values: Readonly<Record<string, readonly number[]>>): TensorMap => ({
  ...map,
  tensors: new Map(
    [...map.tensors].map(([name, each]) => [
      name,
      values[name] ? new WeightTensor(name, each.shape, Float32Array.from(values[name])) : each,
    ]),
  ),
});

const FEATURES = 4;
const DIV2K = [0.4488, 0.4371, 0.404];

// ------------------------------------------------------------------------------------------------------------------ EDSR

/** EDSR-PyTorch, whose pictures have `white` for white; no tensor of it tells by what blocks' results are multiplied. */
function edsrPytorch(ups: readonly number[], white: number): TensorMap {
  const eye = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const map = of([
    ["sub_mean.weight", [3, 3, 1, 1]],
    ["sub_mean.bias", [3]],
    ["add_mean.weight", [3, 3, 1, 1]],
    ["add_mean.bias", [3]],
    ...conv("head.0", 3, FEATURES),
    ...range(2).flatMap((n) => [0, 2].flatMap((k) => conv(`body.${n}.body.${k}`, FEATURES, FEATURES))),
    ...conv("body.2", FEATURES, FEATURES),
    ...ups.flatMap((factor, n) => conv(`tail.0.${2 * n}`, FEATURES, FEATURES * factor ** 2)),
    ...conv("tail.1", FEATURES, 3),
  ]);
  const bias = DIV2K.map((mean) => mean * white);
  return fixed(map, {
    "sub_mean.weight": eye,
    "sub_mean.bias": bias.map((each) => -each),
    "add_mean.weight": eye,
    "add_mean.bias": bias,
  });
}

function runEdsrPytorch(ups: readonly number[], white: number, residualScale: number): Implementation["run"] {
  return (map, picture) => {
    const { conv } = operations(map);
    const first = conv("head.0", conv("sub_mean", times(picture, white)));
    let y = first;
    for (const n of range(2)) y = plus(y, conv(`body.${n}.body.2`, conv(`body.${n}.body.0`, y, RELU)), residualScale);
    y = plus(conv("body.2", y), first);
    ups.forEach((factor, n) => {
      y = shuffle(conv(`tail.0.${2 * n}`, y), factor);
    });
    return times(conv("add_mean", conv("tail.1", y)), 1 / white);
  };
}

/** The layout that BasicSR and MMEditing share but for the names of up-convolutions; `ours` are those. */
function edsrOf(ups: readonly string[]): TensorMap {
  return of([
    ...conv("conv_first", 3, FEATURES),
    ...range(2).flatMap((n) => [1, 2].flatMap((k) => conv(`body.${n}.conv${k}`, FEATURES, FEATURES))),
    ...conv("conv_after_body", FEATURES, FEATURES),
    ...ups.flatMap((name) => conv(name, FEATURES, FEATURES * 4)),
    ...conv("conv_last", FEATURES, 3),
  ]);
}

function runEdsrOf(ups: readonly string[], white: number, residualScale: number): Implementation["run"] {
  return (map, picture) => {
    const { conv } = operations(map);
    const centred = eachChannel(picture, (value, c) => (value - DIV2K[c]!) * white);
    const first = conv("conv_first", centred);
    let y = first;
    for (const n of range(2)) y = plus(y, conv(`body.${n}.conv2`, conv(`body.${n}.conv1`, y, RELU)), residualScale);
    y = plus(conv("conv_after_body", y), first);
    for (const name of ups) y = shuffle(conv(name, y), 2);
    return eachChannel(conv("conv_last", y), (value, c) => value / white + DIV2K[c]!);
  };
}

/** Lornatang's, whose mean and deviation are tensors. */
const EDSR_LORNATANG = fixed(
  of([
    ["mean", [1, 3, 1, 1]],
    ["std", [1, 3, 1, 1]],
    ...conv("conv1", 3, FEATURES),
    ...[1, 2].flatMap((k) => conv(`trunk.0.conv${k}`, FEATURES, FEATURES)),
    ...conv("conv2", FEATURES, FEATURES),
    ...conv("upsampling.0", FEATURES, FEATURES * 4),
    ...conv("conv3", FEATURES, 3),
  ]),
  { mean: DIV2K, std: [1, 0.5, 1] },
);

function runEdsrLornatang(map: TensorMap, picture: Tensor): Tensor {
  const { conv, tensors } = operations(map);
  const [mean, std] = ["mean", "std"].map((name) => tensors.get(name)!.floats());
  const first = conv(
    "conv1",
    eachChannel(picture, (value, c) => (value - mean![c]!) / std![c]!),
  );
  const y = plus(first, conv("trunk.0.conv2", conv("trunk.0.conv1", first, RELU)), 0.1);
  const large = conv("conv3", shuffle(conv("upsampling.0", plus(conv("conv2", y), first)), 2));
  return eachChannel(large, (value, c) => value * std![c]! + mean![c]!);
}

const BASICSR_UPS = ["upsample.0", "upsample.2"];
const MMEDITING_UPS = ["upsample.0.upsample_conv"];

const EDSR: readonly Omit<Implementation, "architecture">[] = [
  {
    name: "EDSR-PyTorch x4, residual scale 0.1",
    scale: 4,
    blocks: 2,
    weights: edsrPytorch([2, 2], 255),
    stated: { res_scale: "0.1" },
    run: runEdsrPytorch([2, 2], 255, 0.1),
  },
  {
    name: "EDSR-PyTorch x3 of pictures of 0 to 1",
    scale: 3,
    blocks: 2,
    weights: edsrPytorch([3], 1),
    stated: { res_scale: "1" },
    run: runEdsrPytorch([3], 1, 1),
  },
  {
    name: "BasicSR's EDSR x4",
    scale: 4,
    blocks: 2,
    weights: edsrOf(BASICSR_UPS),
    stated: { res_scale: "1" },
    run: runEdsrOf(BASICSR_UPS, 255, 1),
  },
  {
    name: "MMEditing's EDSR x2",
    scale: 2,
    blocks: 2,
    weights: edsrOf(MMEDITING_UPS),
    prefix: "generator.",
    stated: { res_scale: "0.1" },
    run: runEdsrOf(MMEDITING_UPS, 1, 0.1),
  },
  {
    name: "Lornatang's EDSR x2",
    scale: 2,
    blocks: 1,
    weights: EDSR_LORNATANG,
    stated: { res_scale: "0.1" },
    run: runEdsrLornatang,
  },
];

// -------------------------------------------------------------------------------------------------------- SRResNet, SRGAN

/** What the two implementations call the layers of one residual block and one up-convolution. */
interface SrresnetNames {
  readonly first: readonly [conv: string, prelu: string];
  readonly block: readonly [conv1: string, bn1: string, prelu: string, conv2: string, bn2: string];
  readonly body: readonly [conv: string, bn: string];
  readonly up: readonly [conv: string, prelu: string];
  readonly last: string;
}

/** Convolutions before a normalisation have a bias in some. */
function srresnetOf({ first, block, body, up, last }: SrresnetNames, hasBias: boolean): TensorMap {
  const inner = (name: string): Shapes => conv(name, FEATURES, FEATURES).slice(0, hasBias ? 2 : 1);
  return of([
    ...conv(first[0], 3, FEATURES, 9),
    [`${first[1]}.weight`, [1]],
    ...inner(block[0]),
    ...normalization(block[1], FEATURES),
    [`${block[2]}.weight`, [1]],
    ...inner(block[3]),
    ...normalization(block[4], FEATURES),
    ...inner(body[0]),
    ...normalization(body[1], FEATURES),
    ...conv(up[0], FEATURES, FEATURES * 4),
    [`${up[1]}.weight`, [1]],
    ...conv(last, FEATURES, 3, 9),
  ]);
}

function runSrresnet({ first, block, body, up, last }: SrresnetNames, map: TensorMap, x: Tensor): Tensor {
  const { conv, norm, slopes } = operations(map);
  const start = slopes(first[1], conv(first[0], x));
  const inner = slopes(block[2], norm(block[1], conv(block[0], start)));
  const y = plus(start, norm(block[4], conv(block[3], inner)));
  const skipped = plus(start, norm(body[1], conv(body[0], y)));
  return conv(last, slopes(up[1], shuffle(conv(up[0], skipped), 2)));
}

const LORNATANG_2022: SrresnetNames = {
  first: ["conv_block1.0", "conv_block1.1"],
  block: ["trunk.0.rcb.0", "trunk.0.rcb.1", "trunk.0.rcb.2", "trunk.0.rcb.3", "trunk.0.rcb.4"],
  body: ["conv_block2.0", "conv_block2.1"],
  up: ["upsampling.0.upsample_block.0", "upsampling.0.upsample_block.2"],
  last: "conv_block3",
};
const LORNATANG: SrresnetNames = {
  ...LORNATANG_2022,
  first: ["conv1.0", "conv1.1"],
  body: ["conv2.0", "conv2.1"],
  last: "conv3",
};
const SGRVINOD: SrresnetNames = {
  first: ["conv_block1.conv_block.0", "conv_block1.conv_block.1"],
  block: [
    ...range(3).map((k) => `residual_blocks.0.conv_block1.conv_block.${k}`),
    ...range(2).map((k) => `residual_blocks.0.conv_block2.conv_block.${k}`),
  ] as unknown as SrresnetNames["block"],
  body: ["conv_block2.conv_block.0", "conv_block2.conv_block.1"],
  up: ["subpixel_convolutional_blocks.0.conv", "subpixel_convolutional_blocks.0.prelu"],
  last: "conv_block3.conv_block.0",
};

function runSgrvinod(map: TensorMap, picture: Tensor): Tensor {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const;
  const normalised = eachChannel(picture, (value, c) => (value - mean[c]!) / std[c]!);
  return eachChannel(tanh(runSrresnet(SGRVINOD, map, normalised)), (value) => (value + 1) / 2);
}

const SRRESNET: readonly Omit<Implementation, "architecture">[] = [
  ...[LORNATANG_2022, LORNATANG].map((names, version) => ({
    name: `Lornatang's SRGAN, ${version + 1}`,
    scale: 2,
    blocks: 1,
    weights: srresnetOf(names, false),
    stated: {},
    run: (map: TensorMap, x: Tensor) => runSrresnet(names, map, x),
  })),
  {
    name: "sgrvinod's SRGAN",
    scale: 2,
    blocks: 1,
    weights: srresnetOf(SGRVINOD, true),
    prefix: "net.",
    stated: {},
    run: runSgrvinod,
  },
];

// -------------------------------------------------------------------------------------------------------------- MSRResNet

interface MsrresnetNames {
  readonly block: (conv: 1 | 2) => string;
  readonly ups: readonly string[];
  readonly hr: string;
}

function msrresnetOf({ block, ups, hr }: MsrresnetNames, factor: number): TensorMap {
  return of([
    ...conv("conv_first", 3, FEATURES),
    ...([1, 2] as const).flatMap((k) => conv(block(k), FEATURES, FEATURES)),
    ...ups.flatMap((name) => conv(name, FEATURES, FEATURES * factor ** 2)),
    ...conv(hr, FEATURES, FEATURES),
    ...conv("conv_last", FEATURES, 3),
  ]);
}

function runMsrresnet({ block, ups, hr }: MsrresnetNames, factor: number): Implementation["run"] {
  const act = leaky(0.1);
  return (map, picture) => {
    const { conv } = operations(map);
    const first = conv("conv_first", picture, act);
    let y = plus(first, conv(block(2), conv(block(1), first, RELU)));
    for (const name of ups) y = shuffle(conv(name, y, act), factor);
    const base = enlarged(picture, factor ** ups.length, "bilinear");
    return plus(conv("conv_last", conv(hr, y, act)), base);
  };
}

const MSRRESNETS: readonly (readonly [name: string, names: MsrresnetNames, factor: number, prefix?: string])[] = [
  [
    "BasicSR's MSRResNet x4",
    { block: (k) => `body.0.conv${k}`, ups: ["upconv1", "upconv2"], hr: "conv_hr" },
    2,
    "module.",
  ],
  ["BasicSR's MSRResNet x3", { block: (k) => `body.0.conv${k}`, ups: ["upconv1"], hr: "conv_hr" }, 3],
  ["KAIR's MSRResNet x2", { block: (k) => `recon_trunk.0.conv${k}`, ups: ["upconv1"], hr: "HRconv" }, 2],
  [
    "MMEditing's MSRResNet x4",
    {
      block: (k) => `trunk_net.0.conv${k}`,
      ups: ["upsample1.upsample_conv", "upsample2.upsample_conv"],
      hr: "conv_hr",
    },
    2,
    "generator.",
  ],
];

/** The first version, a nested Sequential: pixels are repeated before an up-convolution, or its channels shuffled. */
function nestedOf(ups: number, isShuffled: boolean): TensorMap {
  const upAt = (n: number) => `model.${3 * n + (isShuffled ? 2 : 3)}`;
  return of([
    ...conv("model.0", 3, FEATURES),
    ...[0, 2].flatMap((k) => conv(`model.1.sub.0.res.${k}`, FEATURES, FEATURES)),
    ...conv("model.1.sub.1", FEATURES, FEATURES),
    ...range(ups).flatMap((n) => conv(upAt(n), FEATURES, isShuffled ? FEATURES * 4 : FEATURES)),
    ...conv(`model.${3 * ups + 2}`, FEATURES, FEATURES),
    [`model.${3 * ups + 4}.weight`, [3, FEATURES, 3, 3]],
  ]);
}

function runNested(ups: number, isShuffled: boolean, factor: number): Implementation["run"] {
  return (map, picture) => {
    const { conv } = operations(map);
    const first = conv("model.0", picture);
    const block = plus(first, conv("model.1.sub.0.res.2", conv("model.1.sub.0.res.0", first, RELU)));
    let y = plus(first, conv("model.1.sub.1", block));
    for (const n of range(ups)) {
      y = isShuffled
        ? shuffle(conv(`model.${3 * n + 2}`, y, RELU), 2)
        : conv(`model.${3 * n + 3}`, up(y, factor), RELU);
    }
    return conv(`model.${3 * ups + 4}`, conv(`model.${3 * ups + 2}`, y, RELU));
  };
}

const MSRRESNET: readonly Omit<Implementation, "architecture">[] = [
  ...MSRRESNETS.map(([name, names, factor, prefix]) => ({
    name,
    scale: factor ** names.ups.length,
    blocks: 1,
    weights: msrresnetOf(names, factor),
    stated: {},
    run: runMsrresnet(names, factor),
    ...(prefix ? { prefix } : {}),
  })),
  ...(
    [
      ["x4, repeated", 2, false, 2],
      ["x4, shuffled", 2, true, 2],
      ["x3, repeated", 1, false, 3],
    ] as const
  ).map(([what, ups, isShuffled, factor]) => ({
    name: `the first MSRResNet ${what}`,
    scale: factor ** ups,
    blocks: 1,
    weights: nestedOf(ups, isShuffled),
    // Without it an up-convolution doubles the size.
    stated: factor === 3 ? { scale: "3" } : ({} as Readonly<Record<string, string>>),
    run: runNested(ups, isShuffled, factor),
  })),
];

// -------------------------------------------------------------------------------------------------------------- RDN, ESRGAN

interface RdnNames {
  readonly sfe: (k: 1 | 2) => string;
  readonly conv: (block: number, k: number) => string;
  readonly lff: (block: number) => string;
  readonly gff: (k: 0 | 1) => string;
  readonly ups: readonly string[];
  readonly last: string;
}

function rdnOf({ sfe, conv: dense, lff, gff, ups, last }: RdnNames, factor: number): TensorMap {
  return of([
    ...conv(sfe(1), 3, FEATURES),
    ...conv(sfe(2), FEATURES, FEATURES),
    ...range(2).flatMap((n) => [
      ...range(2).flatMap((k) => conv(dense(n, k), FEATURES + 3 * k, 3)),
      ...conv(lff(n), FEATURES + 6, FEATURES, 1),
    ]),
    ...conv(gff(0), 2 * FEATURES, FEATURES, 1),
    ...conv(gff(1), FEATURES, FEATURES),
    ...ups.flatMap((name) => conv(name, FEATURES, FEATURES * factor ** 2)),
    ...conv(last, FEATURES, 3),
  ]);
}

function runRdn(
  { sfe, conv: dense, lff, gff, ups, last }: RdnNames,
  factor: number,
  white: number,
): Implementation["run"] {
  return (map, picture) => {
    const { conv, cat } = operations(map);
    const first = conv(sfe(1), times(picture, white));
    const ends = [conv(sfe(2), first)];
    for (const n of range(2)) {
      const x = ends.at(-1)!;
      const g1 = conv(dense(n, 0), x, RELU);
      const g2 = conv(dense(n, 1), cat(x, g1), RELU);
      ends.push(plus(x, conv(lff(n), cat(x, g1, g2))));
    }
    let y = plus(conv(gff(1), conv(gff(0), cat(...ends.slice(1)))), first);
    for (const name of ups) y = shuffle(conv(name, y), factor);
    return times(conv(last, y), 1 / white);
  };
}

const YJN870: RdnNames = {
  sfe: (k) => `sfe${k}`,
  conv: (n, k) => `rdbs.${n}.layers.${k}.conv`,
  lff: (n) => `rdbs.${n}.lff`,
  gff: (k) => `gff.${k}`,
  ups: ["upscale.0", "upscale.2"],
  last: "output",
};
const OFFICIAL: RdnNames = {
  sfe: (k) => `SFENet${k}`,
  conv: (n, k) => `RDBs.${n}.convs.${k}.conv.0`,
  lff: (n) => `RDBs.${n}.LFF`,
  gff: (k) => `GFF.${k}`,
  ups: ["UPNet.0", "UPNet.2"],
  last: "UPNet.4",
};
const RDN_LORNATANG: RdnNames = {
  sfe: (k) => `conv${k}`,
  conv: (n, k) => `trunk.${n}.rdb.${k}.rb.0`,
  lff: (n) => `trunk.${n}.local_feature_fusion`,
  gff: (k) => `global_feature_fusion.${k}`,
  ups: ["upsampling.0.upsample_block.0"],
  last: "conv3",
};
const OFFICIAL_X3: RdnNames = { ...OFFICIAL, ups: ["UPNet.0"], last: "UPNet.2" };

const RDNS: readonly (readonly [name: string, names: RdnNames, factor: number, range?: string])[] = [
  ["yjn870's RDN x4", YJN870, 2],
  ["EDSR-PyTorch's RDN x4", OFFICIAL, 2, "255"],
  ["EDSR-PyTorch's RDN x3 of pictures of 0 to 1", OFFICIAL_X3, 3, "1"],
  ["Lornatang's RDN x2", RDN_LORNATANG, 2],
];

const RDN: readonly Omit<Implementation, "architecture">[] = RDNS.map(([name, names, factor, white]) => ({
  name,
  scale: factor ** names.ups.length,
  blocks: 2,
  weights: rdnOf(names, factor),
  stated: white === undefined ? ({} as Readonly<Record<string, string>>) : { range: white },
  run: runRdn(names, factor, Number(white ?? 1)),
}));

/** Lornatang's ESRGAN. */
const ESRGAN: Omit<Implementation, "architecture"> = {
  name: "Lornatang's ESRGAN",
  scale: 4,
  blocks: 1,
  weights: of([
    ...conv("conv1", 3, FEATURES),
    ...[1, 2, 3].flatMap((k) =>
      range(5).flatMap((j) => conv(`trunk.0.rdb${k}.conv${j + 1}`, FEATURES + 2 * j, j < 4 ? 2 : FEATURES)),
    ),
    ...conv("conv2", FEATURES, FEATURES),
    ...conv("upsampling1.0", FEATURES, FEATURES),
    ...conv("upsampling2.0", FEATURES, FEATURES),
    ...conv("conv3.0", FEATURES, FEATURES),
    ...conv("conv4", FEATURES, 3),
  ]),
  stated: {},
  run(map, picture) {
    const { conv, cat } = operations(map);
    const act = leaky(0.2);
    const rdb = (id: string, x: Tensor) => {
      const grown = [x];
      for (const j of [1, 2, 3, 4]) grown.push(conv(`${id}.conv${j}`, cat(...grown), act));
      return plus(x, conv(`${id}.conv5`, cat(...grown)), 0.2);
    };
    const first = conv("conv1", picture);
    const dense = [1, 2, 3].reduce((y, k) => rdb(`trunk.0.rdb${k}`, y), first);
    let y = plus(first, conv("conv2", plus(first, dense, 0.2)));
    for (const k of [1, 2]) y = conv(`upsampling${k}.0`, up(y, 2), act);
    return conv("conv4", conv("conv3.0", y, act));
  },
};

const as = (architecture: string, all: readonly Omit<Implementation, "architecture">[]): Implementation[] =>
  all.map((each) => ({ ...each, architecture }));

export const IMPLEMENTATIONS: readonly Implementation[] = [
  ...as("edsr", EDSR),
  ...as("srresnet", SRRESNET),
  ...as("msrresnet", MSRRESNET),
  ...as("rdn", RDN),
  ...as("rrdbnet", [ESRGAN]),
  ...LUMA_IMPLEMENTATIONS,
];

/** The tensors as the implementation saves them. */
export function savedWeights({ weights: map, prefix = "" }: Implementation): TensorMap {
  const tensors = [...map.tensors].map(([name, each]) => {
    return [prefix + name, new WeightTensor(prefix + name, each.shape, each.floats())] as const;
  });
  return { ...map, tensors: new Map(tensors) };
}

/** A picture that the implementation takes. */
export function pictureFor({ isLuma = false }: Implementation, random: Tensor): Tensor {
  const half = random.data.map((value) => value / 2 + 0.5);
  if (isLuma) for (const c of [1, 2]) half.copyWithin((c * half.length) / 3, 0, half.length / 3);
  return tensor(random, half);
}
