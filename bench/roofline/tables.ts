// Owns the roofline of docs/performance.md: the named GPUs, predictions for the shipped networks, those of a GPU that was measured
// beside its measurements, and what the variants load. Needs no GPU.

import type { Model } from "../../src/models/model.js";
import { type ConvVariant, needsOf, tilingOf } from "../../src/ops/conv2d.kernels.js";
import { channelBlocks } from "../../src/ops/plane.js";
import { loadedBytes, type Traffic } from "../../src/ops/traffic.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { CONV_RULES, canRun, choosePrecision, variantsOf } from "../../src/plan/choose-kernel.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { markdownTable } from "../cli/markdown.js";
import { figure, milliseconds } from "../harness/format.js";
import { SUBJECTS, type Subject } from "../harness/subjects.js";
import { planTarget } from "../harness/target.js";
import { NAMED_GPUS, type NamedGpu, type PeakFigure, requireNamed } from "./gpus.js";
import { MEASURED, type MeasuredPass } from "./measured.js";
import { predictNetwork } from "./networks.js";
import { type Bound, machineOf, type Prediction, predict } from "./predict.js";
import { type SlotFigure, slotFigure } from "./slots.js";

/** The networks of the page, by the names of their models. */
export const NETWORKS = ["general-x4v3", "anime-6b", "x4plus"] as const;

const PICTURES = [
  { width: 640, height: 360 },
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
] as const;

// Where loads are stated a network is large enough, and small enough for one tile.
const STATED = { network: "general-x4v3", width: 1280, height: 720 } as const;

/** Invocations that load a weight together, in the table of loads. */
const LANES = 32;

/** The part of the page, given the models of NETWORKS; without some of them, what there is to say of the others. */
export function rooflineText(models: ReadonlyMap<string, Model>): string {
  return [
    `**GPUs**, as their vendors state them (~: derived); "loads" is what L2 caches would deliver in ${STATED.network} at ` +
      `${STATED.width}x${STATED.height} at the predicted speed, if nothing before them merged loads.`,
    gpuTable(models),
    "**Predicted, not measured**: milliseconds of all dispatches. Bound by arithmetic, but for l (loads), m (memory) and d (dispatches).",
    predictionTable(models),
    "**Predicted and measured**: milliseconds of the dispatches.",
    measuredTable(models),
    `**Bytes loaded a multiply-accumulate**, 64->32, 3x3, f32 or as it computes; "both" with weights that ${LANES} lanes load together.`,
    loadsTable(),
  ].join("\n\n");
}

function gpuTable(models: ReadonlyMap<string, Model>): string {
  const head = [
    "GPU",
    "TFLOP/s f32",
    "f16",
    "memory GB/s",
    "L2 GB/s",
    "10^12 slots/s",
    "slots/MAC",
    "loads GB/s",
    "source",
  ];
  return markdownTable(
    head,
    NAMED_GPUS.map((gpu) => {
      const { loaded, ms } = predicted(gpu, models.get(STATED.network)!, STATED);
      return [
        gpu.name,
        peak(gpu.f32),
        peak(gpu.f16),
        String(gpu.bandwidthGBs),
        gpu.l2GBs === undefined ? "" : String(gpu.l2GBs),
        figure((gpu.lanes * gpu.gigahertz) / 1000),
        slotsCell(gpu),
        (loaded / ms / 1e6).toFixed(0),
        gpu.sources,
      ];
    }),
  );
}

/** What the convolutions take that are most of the networks. */
function slotsCell(gpu: NamedGpu): string {
  const storage = storageOf(gpu);
  const size = { width: 64, height: 64 };
  const { variant } = planTarget(convSubject("64->64"), gpu.capabilities, { ...size, storage });
  const found = slotFigure(gpu.slots, variant, storage);
  if (!found) throw new Error(`There is no figure of what ${variant} takes on ${gpu.name}`);
  return `${found.perMac.toFixed(3)} ${found.compiler ?? "assumed"}`;
}

function predictionTable(models: ReadonlyMap<string, Model>): string {
  const head = ["network", "picture", ...NAMED_GPUS.map((gpu) => `${gpu.name}, ${storageOf(gpu)}`)];
  const rows = NETWORKS.filter((name) => models.has(name)).flatMap((name) =>
    PICTURES.map((picture) => [
      name,
      `${picture.width}x${picture.height}`,
      ...NAMED_GPUS.map((gpu) => predictionCell(predicted(gpu, models.get(name)!, picture))),
    ]),
  );
  return markdownTable(head, rows);
}

const BOUND_LETTERS: Readonly<Record<Bound, string>> = { arithmetic: "", memory: "m", loads: "l", dispatches: "d" };

/** Milliseconds, and a letter for what bounds them. */
export function predictionCell({ ms, bound }: Prediction): string {
  return [milliseconds(ms), BOUND_LETTERS[bound]].filter(Boolean).join(" ");
}

function measuredTable(models: ReadonlyMap<string, Model>): string {
  const head = ["GPU", "what", "size", "storage", "predicted", "measured", "measured / predicted"];
  const isNetwork = (of: string) => (NETWORKS as readonly string[]).includes(of);
  return markdownTable(
    head,
    MEASURED.filter(({ of }) => models.has(of) || !isNetwork(of)).map((row) => {
      const { ms } = predictionOf(row, models);
      const size = `${row.width}x${row.height}`;
      return [row.gpu, row.of, size, row.storage, milliseconds(ms), milliseconds(row.ms), (row.ms / ms).toFixed(2)];
    }),
  );
}

/** The prediction for what was measured. */
export function predictionOf(
  { gpu: name, of, width, height, storage }: MeasuredPass,
  models: ReadonlyMap<string, Model>,
): Prediction {
  const gpu = requireNamed(name);
  const model = models.get(of);
  if (model) return predictNetwork(model.network, { width, height }, storage, gpu.capabilities, machineOf(gpu));
  const { dispatches } = planTarget(convSubject(of), gpu.capabilities, { width, height, storage });
  return predict(dispatches, storage, machineOf(gpu));
}

function loadsTable(): string {
  const head = ["variant", "storage", "sources", "weights", "loaded", "both", "slots/MAC", "compiler", "bytes a slot"];
  // What variants do with other outputs or larger weights is not in their names, nor in these figures.
  const rows = [
    ...new Map(
      variantsOf(CONV_RULES)
        .map(loadsRow)
        .map((row) => [row.name, row]),
    ).values(),
  ];
  // Workgroups and pinned subgroups change slots alone: of variants alike, those with figures, or the first.
  const alike = new Map<string, (typeof rows)[number][]>();
  for (const row of rows) alike.set(row.loads.join(), [...(alike.get(row.loads.join()) ?? []), row]);
  const stated = [...alike.values()].flatMap((each) => {
    const known = each.filter(({ hasSlots }) => hasSlots);
    return known.length > 0 ? known : each.slice(0, 1);
  });
  return markdownTable(
    head,
    stated.map(({ name, loads: [, ...loads], slots }) => [`\`${name}\``, ...loads, ...slots]),
  );
}

/** What the variant loads, with halves where it computes in them. */
function loadsRow(variant: ConvVariant) {
  const size = { width: 256, height: 256 };
  const storage = needsOf(variant).math;
  const target = planTarget(convSubject("64->32"), DEFAULT_CAPABILITIES, { ...size, storage, variant });
  const traffic = target.dispatches.map((dispatch) => dispatch.traffic!);
  const perMac = (of: (each: Traffic) => number) =>
    traffic.reduce((total, each) => total + of(each), 0) / (target.flops / 2);
  const both = perMac((each) => loadedBytes(each, LANES));
  const { weightsFor, weightSpace } = traffic[0]!;
  const loaded = weightsFor === "lane" ? "by each lane" : weightSpace === "uniform" ? "as uniforms" : "by a subgroup";
  const { pixelsX, pixelsY } = tilingOf(variant, channelBlocks(32));
  const figure = knownSlots(variant, target.variant, storage);
  return {
    name: target.variant,
    loads: [
      [variant.kind, pixelsX, pixelsY].join(),
      storage,
      perMac(({ sources }) => sources).toFixed(3),
      perMac(({ weights }) => weights).toFixed(3),
      loaded,
      both.toFixed(3),
    ],
    hasSlots: figure !== undefined,
    slots: figure ? [figure.perMac.toFixed(3), figure.compiler!, (both / figure.perMac).toFixed(2)] : ["", "", ""],
  };
}

/** As the compiler of a named GPU has it that can run the variant; undefined where none has been asked. */
function knownSlots(variant: ConvVariant, kernel: string, storage: Storage): SlotFigure | undefined {
  return NAMED_GPUS.filter((gpu) => canRun(variant, gpu.capabilities))
    .flatMap((gpu) => gpu.slots)
    .find((each) => each.kernel === kernel && each.compiler && (each.storage ?? storage) === storage);
}

function predicted(gpu: NamedGpu, { network }: Model, picture: { readonly width: number; readonly height: number }) {
  return predictNetwork(network, picture, storageOf(gpu), gpu.capabilities, machineOf(gpu));
}

function storageOf({ capabilities }: NamedGpu): Storage {
  return choosePrecision("auto", capabilities).storage;
}

function convSubject(shape: string): Subject {
  const found = SUBJECTS.find((subject) => subject.op === "conv2d" && subject.shape === shape);
  if (!found) throw new Error(`The benchmark has no convolution ${shape}`);
  return found;
}

function peak({ tflops, isDerived }: PeakFigure): string {
  return `${isDerived ? "~" : ""}${tflops}`;
}
