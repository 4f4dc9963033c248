// Owns how papers and repositories measure a network: what they make the small picture from, what they compare, and what they round.

import { EsrganError } from "../../src/errors.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import type { Tensor } from "../../src/ops/tensor.js";
import {
  clamped,
  FULL,
  grayOfLuma,
  imresizedDown,
  type LumaFormula,
  levelsOf,
  lumaLevels,
  mapped,
  modCropped,
  pillowResized,
  pixelsOf,
  rounded,
  STUDIO,
  STUDIO_256THS,
  shaved,
} from "./levels.js";
import { type Quality, qualityOf } from "./metrics.js";

/** What runs a model. */
export interface Runner {
  /** On [3,H,W] of 0 to 1, neither clamped nor rounded. */
  values(model: Model, input: Tensor): Promise<Tensor>;
  /** On a picture, as a caller of the library gets it. */
  picture(model: Model, input: Pixels): Promise<Pixels>;
}

type Protocol = (model: Model, truth: Pixels, runner: Runner) => Promise<Quality>;

const PROTOCOLS = {
  /** The authors': luma rounded, made small by imresize, not rounded; result rounded, scale pixels cropped. */
  author: (model, truth, runner) => authors(model, truth, runner, rounded),
  /** As the authors', with nothing rounded. */
  unrounded: (model, truth, runner) => authors(model, truth, runner, clamped),
  /** Resized by Pillow's bicubic with 8 bits; luma of the result not rounded, nothing cropped. */
  pillow,
  /** 8-bit RGB in and out, made small by imresize; luma not rounded, scale pixels cropped. */
  rgb,
} satisfies Readonly<Record<string, Protocol>>;

export type ProtocolName = keyof typeof PROTOCOLS;

export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as readonly ProtocolName[];

/** Those that a network is measured by: as its paper does or the repository that its like comes from, and as it is used. */
export function protocolsOf({ network, metadata }: Model): readonly ProtocolName[] {
  switch (network.architecture) {
    case "srcnn":
    case "interpolation":
      return ["author", "rgb"];
    case "fsrcnn":
      return [metadata.padding === "replicate" ? "author" : "pillow", "rgb"];
    case "espcn":
      return ["pillow", "rgb"];
    case "vdsr":
      return ["unrounded", "rgb"];
    default:
      return ["rgb"];
  }
}

/**
 * How near the model comes to `truth` by the protocol.
 * @throws EsrganError "bad-input" where the picture is too small; as the runner
 */
export async function measure(protocol: ProtocolName, model: Model, truth: Pixels, runner: Runner): Promise<Quality> {
  const { width, height } = truth;
  const least = 3 * model.network.scale; // what is cropped on both sides, and one pixel of the small picture
  if (Math.min(width, height) < least) {
    const message = `A picture of ${width}x${height} pixels is too small for ${model.name}, expected ${least}x${least} at least`;
    throw new EsrganError("bad-input", message);
  }
  return PROTOCOLS[protocol](model, truth, runner);
}

/** Dong et al., Kim et al.: of a gray picture its gray is the luma. */
async function authors(model: Model, truth: Pixels, runner: Runner, kept: (y: Tensor) => Tensor): Promise<Quality> {
  const { scale } = model.network;
  const levels = levelsOf(truth);
  const wanted = modCropped(levels.channels === 1 ? levels : kept(lumaLevels(levels, formulaOf(model))), scale);
  const made = await lumaThrough(model, imresizedDown(wanted, scale), runner);
  return qualityOf(shaved(kept(made), scale), shaved(wanted, scale));
}

async function pillow(model: Model, truth: Pixels, runner: Runner): Promise<Quality> {
  const { scale } = model.network;
  const formula = formulaOf(model) === FULL ? FULL : STUDIO_256THS;
  const [width, height] = [Math.floor(truth.width / scale), Math.floor(truth.height / scale)];
  const large = pillowResized(levelsOf(truth), { width: width * scale, height: height * scale });
  const small = lumaLevels(pillowResized(large, { width, height }), formula);
  const made = await lumaThrough(model, small, runner);
  return qualityOf(formula === FULL ? made : clamped(made), lumaLevels(large, formula));
}

async function rgb(model: Model, truth: Pixels, runner: Runner): Promise<Quality> {
  const { scale } = model.network;
  const wanted = modCropped(levelsOf(truth), scale);
  const made = levelsOf(await runner.picture(model, pixelsOf(rounded(imresizedDown(wanted, scale)))));
  return qualityOf(shaved(lumaLevels(made, STUDIO), scale), shaved(lumaLevels(wanted, STUDIO), scale));
}

/** What the network makes of a luma alone: that of a gray picture which has it. */
async function lumaThrough(model: Model, luma: Tensor, runner: Runner): Promise<Tensor> {
  const formula = formulaOf(model);
  const made = await runner.values(model, grayOfLuma(luma, formula));
  return lumaLevels(
    mapped(made, (value) => value * 255),
    formula,
  );
}

function formulaOf({ metadata }: Model): LumaFormula {
  return metadata.luma === "full" ? FULL : STUDIO;
}
