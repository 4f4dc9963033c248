// Owns the measurement of seams: by how much tiles differ from the same part of the picture in one piece, as their overlap grows. What is
// promised of that is src/models/seams.ts.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadModel } from "../../src/models/bundled.js";
import type { Model } from "../../src/models/model.js";
import { defaultOverlap, seamLevels } from "../../src/models/seams.js";
import { openDevice, readPicture } from "../../src/node/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import type { Precision } from "../../src/plan/choose-kernel.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { seededRandom } from "../../test/cases/random.js";
import { SEAM_PICTURES, seamPicture } from "../../test/cases/seam-pictures.js";
import { type Extent, type Rectangle, rectangleOf, seamCurve, worstOf } from "../harness/seam-curve.js";
import { hasAllWords } from "../harness/session.js";
import { checkout } from "./checkout.js";
import { markdownTable } from "./markdown.js";
import { bundledModel } from "./node-bench.js";

export interface SeamOptions {
  readonly adapter: string | undefined;
  /** Only models, precisions and kinds of pictures with all of these words. */
  readonly filter: string | undefined;
  /** A file to measure in place of the models that are shipped. */
  readonly weights: string | undefined;
  /** A folder of pictures to measure beside those that are drawn. */
  readonly pictures: string | undefined;
  /** Pictures of each kind. */
  readonly rounds: number | undefined;
  /** Which ones: another number draws others. */
  readonly seed: number | undefined;
  readonly onRow: (line: string) => void;
  readonly onStep: (what: string) => void;
}

const MODELS = ["general-x4v3", "anime-6b", "x4plus"];
const KINDS = [...SEAM_PICTURES, "photo"] as const;
type Kind = (typeof KINDS)[number];

const OVERLAPS = [8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88];
const ROUNDS = 3;

/** A picture, and the tiles of it that are measured: how many of which size, in its corners or anywhere. */
interface Cutting extends Extent {
  readonly tiles: readonly (Extent & { readonly count: number; readonly isCorner: boolean })[];
}

// Small tiles have the most cut edge for their work; large ones in corners show what is left far from an edge.
const NEAR: Cutting = { width: 208, height: 144, tiles: [{ count: 6, width: 76, height: 76, isCorner: false }] };
const FAR: Cutting = {
  width: 184,
  height: 184,
  tiles: [
    { count: 2, width: 140, height: 136, isCorner: true },
    { count: 3, width: 56, height: 56, isCorner: false },
  ],
};

/** Tables in Markdown: a row each kind of picture, the largest difference in levels of 255 for each overlap. */
export async function measureSeams(options: SeamOptions): Promise<string> {
  const { adapter, filter, weights, onRow } = options;
  const opened = await openDevice(adapter === undefined ? {} : { adapter });
  const tables: string[] = [];
  try {
    for (const name of weights === undefined ? MODELS : [weights]) {
      for (const precision of ["f32", "f16"] as const) {
        const kinds = KINDS.filter((kind) => hasAllWords(`${name} ${precision} ${kind}`, filter ?? ""));
        if (kinds.length === 0) continue;
        const model = weights === undefined ? await bundledModel(name) : await loadModel(weights);
        onRow(`${name} ${precision}`);
        tables.push(`${name}, ${precision}\n\n${await measureModel(opened.device, model, precision, kinds, options)}`);
      }
    }
  } finally {
    opened.destroy();
  }
  return tables.join("\n\n");
}

async function measureModel(
  device: GPUDevice,
  model: Model,
  precision: Precision,
  kinds: readonly Kind[],
  options: SeamOptions,
): Promise<string> {
  const { pictures, rounds = ROUNDS, seed = 1, onRow, onStep } = options;
  const { network } = model;
  const cutting = defaultOverlap(network) <= 48 ? NEAR : FAR;
  const upscaler = await createUpscaler(device, { model, precision, tuning: "off", memoryBudget: 2 ** 31 });
  const curves = new Map<string, number[]>();
  let count = 0;
  const add = async (kind: string, source: Pixels, number: number) => {
    onStep(`${kind} ${number}`);
    const found = await measurePicture(upscaler, source, cutting, number);
    curves.set(kind, worstOf(curves.get(kind) ?? [], found));
    count++;
    onRow(`${kind} ${number}: ${levelsAt(found).join(" ")}`);
  };
  try {
    const files = [join(checkout, "examples/photo.png"), ...(pictures === undefined ? [] : filesOf(pictures))];
    for (let number = seed * 1000; number < seed * 1000 + rounds; number++) {
      for (const kind of kinds) {
        if (kind !== "photo") {
          await add(kind, seamPicture(kind, cutting.width, cutting.height, number), number);
          continue;
        }
        for (const file of files) {
          const { pixels } = await readPicture(file);
          await add(kind, partOf(pixels, rectangleOf(seededRandom(number), pixels, cutting)), number);
        }
      }
    }
  } finally {
    upscaler.destroy();
  }
  const worst = [...curves.values()].reduce(worstOf);
  const promised = OVERLAPS.map((overlap) => `${seamLevels(network, overlap, precision) ?? ""}`);
  const rows = [...curves].map(([kind, curve]) => [kind, ...levelsAt(curve)]);
  const head = [`${count} pictures`, ...OVERLAPS.map(String)];
  return markdownTable(head, [...rows, ["worst", ...levelsAt(worst)], ["promised", ...promised]]);
}

function levelsAt(curve: readonly number[]): string[] {
  return OVERLAPS.map((overlap) => curve[overlap]?.toFixed(2) ?? "");
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(png|jpe?g|webp)$/i.test(name))
    .map((name) => join(folder, name));
}

/** The largest difference of any tile, by overlap. */
async function measurePicture(upscaler: Upscaler, picture: Pixels, cutting: Cutting, seed: number): Promise<number[]> {
  const random = seededRandom(seed);
  const source = partOf(picture, { ...picture, left: 0, top: 0 });
  const whole = await upscaler.upscale(source);
  let worst: number[] = [];
  for (const { count, isCorner, ...size } of cutting.tiles) {
    for (let tile = 0; tile < count; tile++) {
      const area = rectangleOf(random, source, size, isCorner);
      // A tile sees what a picture of its size would: zeros beyond its edges.
      const cut = await upscaler.upscale(partOf(source, area));
      worst = worstOf(worst, seamCurve(whole, cut, { picture: source, area, scale: upscaler.scale }));
    }
  }
  return worst;
}

/** A part of RGB or RGBA as RGB in 16 bits, so that results are rounded to less than a level of 255. */
function partOf({ data, width, channels, bits }: Pixels, area: Rectangle): Pixels {
  const out = new Uint16Array(area.width * area.height * 3);
  for (let i = 0; i < out.length; i++) {
    const [x, y] = [Math.floor(i / 3) % area.width, Math.floor(i / 3 / area.width)];
    const channel = channels < 3 ? 0 : i % 3;
    const level = data[((area.top + y) * width + area.left + x) * channels + channel]!;
    out[i] = bits === 16 ? level : level * 257;
  }
  return { data: out, width: area.width, height: area.height, channels: 3, bits: 16 };
}
