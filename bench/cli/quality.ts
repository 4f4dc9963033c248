// Owns the measurement of quality: how near each network comes to pictures that it is given made small, beside what was published of it. How
// it is measured is quality/protocols.ts; which kernel a device gets, and how fast it is, is not its business.

import { readFile } from "node:fs/promises";
import { basename, join, parse } from "node:path";
import { BUNDLED_MODELS, hasWeights } from "../../src/models/bundled.js";
import { INTERPOLATIONS, interpolationModel } from "../../src/models/interpolation.js";
import { type Model, readModel } from "../../src/models/model.js";
import { openDevice } from "../../src/node/index.js";
import { hasAllWords } from "../harness/session.js";
import { GpuRunner } from "../quality/gpu-runner.js";
import type { Quality } from "../quality/metrics.js";
import { type PictureSet, pictureSet, type SetPicture } from "../quality/picture-set.js";
import { measure, PROTOCOL_NAMES, type ProtocolName, protocolsOf, type Runner } from "../quality/protocols.js";
import { publishedOf } from "../quality/published.js";
import { checkout } from "./checkout.js";
import { markdownTable } from "./markdown.js";
import { bundledModel } from "./node-bench.js";
import { weightFiles } from "./weight-files.js";

export interface QualityOptions {
  readonly adapter: string | undefined;
  /** Only rows with all of these words in their id. */
  readonly filter: string | undefined;
  /** A folder of pictures, the truth; the repository's photo where there is none. */
  readonly set: string | undefined;
  /** A weight file, or a folder of them, beside the shipped ones. */
  readonly weights: string | undefined;
  /** What is stated of the networks in those files. */
  readonly stated: Readonly<Record<string, string>>;
  readonly onReady: (adapter: string, set: string, pictures: number) => void;
  readonly onRow: (row: QualityRow) => void;
  readonly onStep: (what: string) => void;
  /** Called with a sentence about what is left out. */
  readonly onNote: (sentence: string) => void;
}

export interface QualityRow extends Quality {
  readonly id: string;
  readonly model: string;
  readonly protocol: ProtocolName;
  /** Of what psnr and ssim are the means: a set's name, or that of a picture of it. */
  readonly of: string;
  /** Pictures that are in the means. */
  readonly pictures: number;
  /** What was published: of the same pictures by the same protocol, or undefined. */
  readonly published: number | undefined;
  /** What was published by this protocol, of which pictures. */
  readonly elsewhere: Readonly<Record<string, number>>;
}

export interface QualityReport {
  readonly adapter: string;
  readonly set: string;
  readonly rows: readonly QualityRow[];
  /** Models that could not be read. */
  readonly leftOut: number;
}

/** A model that is read when its turn comes. */
interface Candidate {
  readonly name: string;
  read(): Promise<Model>;
}

/**
 * Makes each picture small, has each network make it large again, and compares.
 * @throws EsrganError "bad-input" where a folder has no picture or no weights; "unsupported-device" if there is no such adapter, "device-lost"
 */
export async function measureQuality(options: QualityOptions): Promise<QualityReport> {
  const { adapter, filter, set, onReady, onRow, onStep, onNote } = options;
  const { name: setName, pictures }: PictureSet =
    set === undefined ? { ...pictureSet(join(checkout, "examples/photo.png")), name: "photo" } : pictureSet(set);
  const candidates = [...shipped(), ...given(options)].filter(({ name }) => mayMatch(name, filter));
  let leftOut = 0;
  const without = (sentence: string) => {
    leftOut++;
    onNote(sentence);
  };
  const opened = await openDevice(adapter === undefined ? {} : { adapter });
  const rows: QualityRow[] = [];
  try {
    onReady(opened.name, setName, pictures.length);
    for (const candidate of candidates) {
      let model: Model;
      try {
        model = await candidate.read();
      } catch (error) {
        without(`${candidate.name} is left out: ${(error as Error).message}`);
        continue;
      }
      const runner = new GpuRunner(opened.device);
      try {
        for (const protocol of protocolsOf(model).filter((each) =>
          hasAllWords(`${model.name} ${each}`, filter ?? ""),
        )) {
          const measured = await measureSet(protocol, model, pictures, runner, onStep);
          for (const row of rowsOf(model.name, protocol, setName, measured)) {
            rows.push(row);
            onRow(row);
          }
        }
      } finally {
        runner.destroy();
      }
    }
    return { adapter: opened.name, set: setName, rows, leftOut };
  } finally {
    opened.destroy();
  }
}

/** A picture's name, and how near a network came to it. */
interface Measured {
  readonly name: string;
  readonly quality: Quality;
}

async function measureSet(
  protocol: ProtocolName,
  model: Model,
  pictures: readonly SetPicture[],
  runner: Runner,
  onStep: (what: string) => void,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name, path, read } of pictures) {
    onStep(`${model.name} ${protocol}, ${basename(path)}`);
    measured.push({ name, quality: await measure(protocol, model, await read(), runner) });
  }
  return measured;
}

const SCALES = [2, 3, 4];

function shipped(): Candidate[] {
  const interpolations = Object.keys(INTERPOLATIONS).flatMap((kind) => SCALES.map((scale) => `${kind}-x${scale}`));
  return [
    ...interpolations.map((name) => ({ name, read: async () => interpolationModel(name)! })),
    ...Object.keys(BUNDLED_MODELS)
      .filter(hasWeights)
      .map((name) => ({ name, read: () => bundledModel(name) })),
  ];
}

function given({ weights, stated }: QualityOptions): Candidate[] {
  if (weights === undefined) return [];
  return weightFiles(weights).map((path) => {
    const { name, ext } = parse(path);
    // What is converted states it, perhaps otherwise.
    const known = /^\.safetensors$/i.test(ext) ? undefined : publishedOf(name)?.stated;
    const facts = { ...known, ...stated };
    const options = Object.keys(facts).length > 0 ? { name, stated: facts } : { name };
    return { name, read: async () => readModel(await readFile(path), options) };
  });
}

/** Whether a row of the model may have all words of the filter: protocols are known once it is read. */
function mayMatch(name: string, filter = ""): boolean {
  return PROTOCOL_NAMES.some((protocol) => hasAllWords(`${name} ${protocol}`, filter));
}

/** The set's row, and one for each picture of which something was published. */
export function rowsOf(
  model: string,
  protocol: ProtocolName,
  set: string,
  measured: readonly Measured[],
): QualityRow[] {
  const published = publishedOf(model);
  const elsewhere = published?.protocol === protocol ? published.psnr : {};
  const figures = new Map(Object.entries(elsewhere).map(([of, psnr]) => [of.toLowerCase(), psnr]));
  const row = (of: string, qualities: readonly Quality[]): QualityRow => ({
    id: `${model} ${protocol}`,
    model,
    protocol,
    of,
    pictures: qualities.length,
    psnr: mean(qualities.map(({ psnr }) => psnr)),
    ssim: mean(qualities.map(({ ssim }) => ssim)),
    published: figures.get(of.toLowerCase()),
    elsewhere,
  });
  const single = measured.map(({ name, quality }) => row(`${set} ${name}`, [quality]));
  const whole = row(
    set,
    measured.map(({ quality }) => quality),
  );
  return [whole, ...single.filter(({ published }) => published !== undefined)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A row as a line of text. */
export function qualityLine(row: QualityRow): string {
  const { id, of, pictures } = row;
  const [psnr, ssim] = figuresOf(row);
  const published = publishedText(row);
  return `${id}, ${of} (${pictures}): ${psnr} dB, SSIM ${ssim}${published ? `, published ${published}` : ""}`;
}

/** The rows in Markdown. */
export function qualityTable(rows: readonly QualityRow[]): string {
  return markdownTable(
    ["model", "protocol", "pictures", "PSNR dB", "SSIM", "published dB"],
    rows.map((row) => [row.model, row.protocol, `${row.of} (${row.pictures})`, ...figuresOf(row), publishedText(row)]),
  );
}

function figuresOf({ psnr, ssim }: Quality): [psnr: string, ssim: string] {
  return [psnr.toFixed(3), Number.isNaN(ssim) ? "" : ssim.toFixed(4)];
}

/** What was published of these pictures; else, of which others what was. */
function publishedText({ published, elsewhere }: QualityRow): string {
  if (published !== undefined) return published.toFixed(2);
  return Object.entries(elsewhere)
    .map(([of, psnr]) => `${psnr.toFixed(2)} on ${of}`)
    .join(", ");
}
