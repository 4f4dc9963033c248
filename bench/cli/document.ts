// `npm run bench -- docs`: measures again what docs/performance.md states, and writes it there. Owns which rows those are.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isNamed } from "../../src/node/adapters.js";
import { listAdapters } from "../../src/node/index.js";
import { figure, milliseconds, percent } from "../harness/format.js";
import type { KernelRow, NetworkRow, Report, Row } from "../harness/row.js";
import { compileFor } from "../isa/compiler.js";
import { AMD_GPUS, GPUS } from "../isa/gpus.js";
import { figuresOf, type KernelFigures } from "../isa/report.js";
import { NETWORKS, rooflineText } from "../roofline/tables.js";
import { checkout, manifest } from "./checkout.js";
import { choicesTable } from "./choices.js";
import { markdownTable, withPart } from "./markdown.js";
import { benchInNode, bundledModel } from "./node-bench.js";

const PAGE = join(checkout, "docs", "performance.md");

/** The parts of the page that are measured on an adapter each. */
const ADAPTERS = ["lavapipe", "swiftshader"];

// One network can be measured with pictures this large in minutes on a software adapter.
const SECONDS = 60;

export interface DocumentOptions {
  /** One of ADAPTERS, "isa" for what the compiler says, "roofline" or "choices"; undefined for all. */
  readonly part: string | undefined;
  readonly onRow: (row: Row) => void;
  readonly onStep: (what: string) => void;
}

/** @throws Error where a part is not known, an adapter is missing or a kernel fails */
export async function measureDocument({ part, onRow, onStep }: DocumentOptions): Promise<void> {
  const parts: Record<string, () => Promise<string>> = {
    choices: async () => choicesTable(),
    roofline: rooflinePart,
    isa: () => isaPart(onStep),
    ...Object.fromEntries(ADAPTERS.map((adapter) => [adapter, () => adapterPart(adapter, onRow, onStep)])),
  };
  if (part !== undefined && !Object.hasOwn(parts, part)) {
    throw new Error(`docs/performance.md has the parts ${Object.keys(parts).join(", ")}, got "${part}"`);
  }
  for (const name of part === undefined ? Object.keys(parts) : [part]) {
    const text = await parts[name]!();
    writeFileSync(PAGE, withPart(readFileSync(PAGE, "utf8"), name, text));
  }
}

async function rooflinePart(): Promise<string> {
  const models = NETWORKS.map(async (name) => [name, await bundledModel(name)] as const);
  return rooflineText(new Map(await Promise.all(models)));
}

async function isaPart(onStep: (what: string) => void): Promise<string> {
  // The looped kernels are for software adapters.
  const wanted = ({ isDefault, shape, variant }: KernelFigures) =>
    isDefault || (/^(64->32|192->64)$/.test(shape) && !variant.includes("looped"));
  const tables: string[] = [];
  for (const family of AMD_GPUS) {
    onStep(`what AMD's compiler makes of the kernels for ${family}`);
    const rows = figuresOf(family, await compileFor(family, {})).filter(wanted);
    tables.push(`**${family} (${GPUS[family]!.title})**\n\n${isaTable(rows)}`);
  }
  return [`Measured ${today()}, version ${manifest().version}.`, ...tables].join("\n\n");
}

function isaTable(rows: readonly KernelFigures[]): string {
  const head = ["convolution", "variant", "storage", "slots/MAC", "VGPRs", "waves", "spilled", "scratch"];
  return markdownTable(
    head,
    rows.map((row) => [
      row.shape,
      emphasized(row.variant, row.isDefault),
      row.storage,
      `${row.shader?.loop?.isLoop ? "" : "~"}${row.slotsPerMac?.toFixed(3)}`,
      String(row.shader?.vectorRegisters),
      String(row.shader?.waves),
      String(row.shader?.spilledVectors),
      String(row.shader?.scratchBytes),
    ]),
  );
}

async function adapterPart(
  adapter: string,
  onRow: (row: Row) => void,
  onStep: (what: string) => void,
): Promise<string> {
  if (!(await listAdapters()).some((info) => isNamed(info, adapter)))
    throw new Error(`There is no adapter ${adapter} here`);
  const report = await benchInNode({
    suites: ["kernels", "networks"],
    adapter,
    filter: isStated,
    quick: false,
    seconds: SECONDS,
    command: "npm run bench -- docs",
    onReady: () => {},
    onRow,
    onStep,
  });
  const failed = report.rows.find(({ status }) => status === "failed");
  if (failed) throw new Error(`${failed.id} failed on ${adapter}: ${failed.note}`);
  return adapterText(report);
}

/** In f32 the networks, and of the kernels the plain and the default one of each shape; of one shape all, in halves too. */
function isStated(id: string, isDefault: boolean): boolean {
  if (/ conv2d 64->32 .*f(32|16)$/.test(id)) return true;
  return (
    id.endsWith(" f32") &&
    (id.startsWith("networks ") || (id.includes(" conv2d ") && (isDefault || id.includes(" plain "))))
  );
}

function adapterText(report: Report): string {
  const { adapter, peaks, clock, environment } = report;
  const kernels = report.rows.filter((row): row is KernelRow => row.suite === "kernels");
  const networks = report.rows.filter((row): row is NetworkRow => row.suite === "networks");
  const skipped = networks.filter(({ status }) => status === "skipped");
  return [
    `${adapter.description || adapter.architecture} on ${environment.processor}, ${environment.runtime}, ${today()}, version ` +
      `${report.library.version}; load average ${environment["load average"]}. A software adapter: these are figures of a CPU. ` +
      `At best it reaches ${figure(peaks.f32Gflops)} GFLOP/s in f32 and ${figure(peaks.bandwidthGBs)} GB/s. Clock: ${clock.kind}.`,
    markdownTable(
      ["network", "picture", "blocks", "ms", "spread", "GFLOP/s", "of its kernels' own", "dispatches", "peak MB"],
      networks.flatMap((row) => {
        if (row.status !== "timed") return [];
        const { timing, kernelsGflops } = row;
        return [
          [
            row.shape,
            `${row.width}x${row.height}`,
            String(row.blocks),
            milliseconds(timing.median),
            percent(timing.spread),
            figure(timing.gflops),
            kernelsGflops ? percent(timing.gflops / kernelsGflops) : "",
            String(row.dispatches),
            figure(row.peakBytes / 1e6),
          ],
        ];
      }),
    ),
    ...(skipped.length > 0
      ? [
          `Not measured, as one picture would take more than ${SECONDS} s: ` +
            `${skipped.map(({ shape, width, height }) => `${shape} ${width}x${height}`).join(", ")}.`,
        ]
      : []),
    markdownTable(
      [
        "convolution",
        "picture",
        "variant",
        "storage",
        "error",
        "ms",
        "spread",
        "GFLOP/s",
        "of the roof",
        "first run ms",
      ],
      kernels.flatMap((row) => {
        if (row.status !== "timed") return [];
        const { timing, roofShare, firstRunMs, parity } = row;
        return [
          [
            row.shape.replace("conv2d ", ""),
            `${row.width}x${row.height}`,
            emphasized(row.variant, row.isDefault),
            row.storage,
            parity.error.toExponential(0),
            milliseconds(timing.median),
            percent(timing.spread),
            figure(timing.gflops),
            percent(roofShare),
            firstRunMs.toFixed(0),
          ],
        ];
      }),
    ),
  ].join("\n\n");
}

function emphasized(text: string, isDefault: boolean): string {
  return isDefault ? `**${text}**` : text;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
