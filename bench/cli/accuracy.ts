// Owns the measurement of accuracy: how far each arithmetic of the convolutions takes the bundled networks from what PyTorch computes
// for the same pictures. Which kernel a device gets, and how fast it is, is not its business.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { openDevice, readPicture } from "../../src/node/index.js";
import { type ConvForm, type ConvVariant, supports } from "../../src/ops/conv2d.kernels.js";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import { formatShape, sameShape, type Tensor } from "../../src/ops/tensor.js";
import type { MathType, Storage } from "../../src/shaders/kernel.js";
import { parseNpy } from "../../test/cases/npy.js";
import { hasAllWords } from "../harness/session.js";
import { checkout } from "./checkout.js";
import { markdownTable } from "./markdown.js";
import { bundledModel } from "./node-bench.js";

export interface AccuracyOptions {
  readonly adapter: string | undefined;
  /** Only rows with all of these words in their id. */
  readonly filter: string | undefined;
  readonly onReady: (adapter: string) => void;
  readonly onRow: (row: AccuracyRow) => void;
  readonly onStep: (what: string) => void;
  /** Called with a sentence about what is left out. */
  readonly onNote: (sentence: string) => void;
}

export interface Difference {
  /** Peak signal-to-noise ratio in dB, of values clamped to 0..1; infinite where nothing differs, NaN where a value is. */
  readonly psnr: number;
  /** The largest difference in levels of 255. */
  readonly levels: number;
}

export interface AccuracyRow extends Difference {
  readonly id: string;
  readonly model: string;
  readonly picture: string;
  readonly arithmetic: string;
  readonly storage: Storage;
  /** Compiling included. */
  readonly seconds: number;
}

export interface AccuracyReport {
  readonly adapter: string;
  readonly rows: readonly AccuracyRow[];
  /** Rows that the adapter cannot compute. */
  readonly leftOut: number;
}

/** Below this in dB a row has failed: what test/gpu/networks.test.ts asks of f16. */
export const LEAST_PSNR = 50;

/** Outputs of PyTorch in test/golden. */
const GOLDEN = [
  { model: "general-x4v3", picture: "tiny-32x24" },
  { model: "general-x4v3", picture: "tiny-37x23" },
  { model: "anime-6b", picture: "tiny-32x24" },
  { model: "anime-6b", picture: "tiny-37x23" },
  { model: "x4plus", picture: "tiny-32x24" },
] as const;

interface Arithmetic {
  readonly name: string;
  readonly storage: Storage;
  /** The first that can compute a convolution does. */
  readonly variants: readonly ConvVariant[];
}

const ARITHMETIC: readonly Arithmetic[] = [
  { name: "direct, f32 sums", storage: "f16", variants: [direct("f32")] },
  { name: "direct, f16 sums in chunks", storage: "f16", variants: [direct("f16")] },
  { name: "winograd, f16", storage: "f16", variants: [winograd("f16"), direct("f16")] },
  { name: "winograd, f32", storage: "f32", variants: [winograd("f32"), direct("f32")] },
  { name: "direct, f32", storage: "f32", variants: [direct("f32")] },
];

// An output value is the same sum in the same order however many pixels and channels an invocation computes, and whether its rows are
// looped. So the kernels here have the shortest texts: software adapters compile those that GPUs get for many minutes.
function direct(math: MathType): ConvVariant {
  return {
    kind: "direct",
    pixelsX: 1,
    pixelsY: 1,
    channelBlocks: 1,
    workgroupX: 8,
    workgroupY: 8,
    rows: math === "f32" ? "looped" : "unrolled",
    math,
  };
}

function winograd(math: MathType): ConvVariant {
  return { kind: "winograd", channelBlocks: 1, workgroupX: 8, workgroupY: 8, math };
}

/**
 * Runs each bundled network with each arithmetic on the pictures that PyTorch's output is there for. Rows that store halves are left out
 * where the adapter has no shader-f16.
 * @throws EsrganError "unsupported-device" if there is no such adapter, "device-lost"
 */
export async function measureAccuracy(options: AccuracyOptions): Promise<AccuracyReport> {
  const { adapter, filter, onReady, onRow, onStep, onNote } = options;
  const opened = await openDevice(adapter === undefined ? {} : { adapter });
  try {
    const { device, name } = opened;
    onReady(name);
    const wanted = GOLDEN.flatMap((golden) => ARITHMETIC.map((arithmetic) => rowOf(golden, arithmetic))).filter(
      ({ id }) => hasAllWords(id, filter ?? ""),
    );
    const possible = wanted.filter(({ storage }) => storage === "f32" || device.features.has("shader-f16"));
    const leftOut = wanted.length - possible.length;
    if (leftOut > 0) onNote(`${name} has no shader-f16, so the rows that store halves are left out: ${leftOut}`);
    const rows: AccuracyRow[] = [];
    for (const { arithmetic, ...row } of possible) {
      onStep(row.id);
      const started = performance.now();
      const { graph } = (await bundledModel(row.model)).network;
      const output = await runTensorOnGpu(device, graph, await pictureTensor(row.picture), {
        storage: row.storage,
        chooseConv: (form) => variantFor(form, arithmetic),
      });
      const seconds = (performance.now() - started) / 1000;
      const measured = {
        ...row,
        arithmetic: arithmetic.name,
        ...difference(output, await fromPyTorch(row)),
        seconds,
      };
      rows.push(measured);
      onRow(measured);
    }
    return { adapter: name, rows, leftOut };
  } finally {
    opened.destroy();
  }
}

function rowOf(golden: (typeof GOLDEN)[number], arithmetic: Arithmetic) {
  const { name, storage } = arithmetic;
  return { ...golden, storage, arithmetic, id: `${golden.model} ${golden.picture} ${name}, stored ${storage}` };
}

function variantFor(form: ConvForm, { name, storage, variants }: Arithmetic): ConvVariant {
  const variant = variants.find((each) => supports(each, form, storage));
  if (!variant) throw new Error(`No kernel of "${name}" computes a convolution ${JSON.stringify(form)}`);
  return variant;
}

async function pictureTensor(name: string): Promise<Tensor> {
  const { pixels } = await readPicture(join(checkout, "test/golden", `${name}.png`));
  return imageToTensorReference(pixels, { channels: 3, width: pixels.width, height: pixels.height });
}

async function fromPyTorch({ model, picture }: { readonly model: string; readonly picture: string }): Promise<Tensor> {
  return parseNpy(await readFile(join(checkout, "test/golden", `${model}.${picture}.npy`)));
}

/** @throws Error if the shapes differ */
export function difference(actual: Tensor, expected: Tensor): Difference {
  if (!sameShape(actual, expected)) {
    throw new Error(`The output is ${formatShape(actual)}, expected ${formatShape(expected)}`);
  }
  let levels = 0;
  let squares = 0;
  expected.data.forEach((value, i) => {
    const [a, b] = [clamp(actual.data[i]!), clamp(value)];
    squares += (a - b) ** 2;
    levels = Math.max(levels, Math.abs(level(a) - level(b)));
  });
  return { levels, psnr: -10 * Math.log10(squares / expected.data.length) };
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/** Rounded half up, as pictures are. */
function level(value: number): number {
  return Math.floor(value * 255 + 0.5);
}

/** Whether the row is as close to PyTorch as it must be; NaN is not. */
export function isAccurate({ psnr }: Difference): boolean {
  return psnr >= LEAST_PSNR;
}

/** A row as a line of text. */
export function accuracyLine(row: AccuracyRow): string {
  const { id, psnr, levels, seconds } = row;
  const figures = `${psnr.toFixed(1)} dB, ${levels} ${levels === 1 ? "level" : "levels"}, ${seconds.toFixed(1)} s`;
  return `${id}: ${figures}${isAccurate(row) ? "" : `, below ${LEAST_PSNR} dB`}`;
}

/** The rows in Markdown. */
export function accuracyTable(rows: readonly AccuracyRow[]): string {
  return markdownTable(
    ["model", "picture", "arithmetic", "storage", "PSNR dB", "levels", "s"],
    rows.map(({ model, picture, arithmetic, storage, psnr, levels, seconds }) => [
      model,
      picture,
      arithmetic,
      storage,
      psnr.toFixed(1),
      String(levels),
      seconds.toFixed(1),
    ]),
  );
}
