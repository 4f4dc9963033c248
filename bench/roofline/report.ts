// Owns what `npm run bench -- report` says: networks as measured on an adapter beside predictions for it, as text to paste.

import type { Model } from "../../src/models/model.js";
import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import { markdownTable } from "../cli/markdown.js";
import { conditionLines, milliseconds } from "../harness/format.js";
import type { Peaks } from "../harness/peaks.js";
import type { NetworkRow, Report } from "../harness/row.js";
import { type NamedGpu, nearestGpu } from "./gpus.js";
import { predictNetwork } from "./networks.js";
import { type Machine, machineOf, type Prediction } from "./predict.js";
import { slotsOf } from "./slots.js";
import { predictionCell } from "./tables.js";

export interface ReportLine {
  readonly row: NetworkRow & { readonly status: "timed" };
  /** Milliseconds of its dispatches, each timed by itself; undefined where that was not measured. */
  readonly dispatchesMs: number | undefined;
  /** From what the adapter was measured to reach at best. */
  readonly byRoof: Prediction;
  /** From what the vendor states of the named GPU that is like it. */
  readonly asNamed: Prediction | undefined;
}

/**
 * The adapter as it was measured: a multiply-add of the fastest loop is an issue slot. Where its compiler is that of a named GPU,
 * kernels take as many slots as there.
 */
export function measuredMachine(peaks: Peaks, adapter: DeviceCapabilities): Machine {
  const figures = nearestGpu(adapter)?.slots ?? [];
  const halfSlots = peaks.f16Gflops === undefined ? 1 : peaks.f32Gflops / peaks.f16Gflops;
  return {
    gigaslots: peaks.f32Gflops / 2,
    bandwidthGBs: peaks.bandwidthGBs,
    l2GBs: undefined,
    subgroupSize: Math.max(adapter.subgroupMinSize, 1),
    slotsPerMac: (kernel, storage) => slotsOf(figures, kernel, storage, { halfSlots }),
  };
}

/** What was timed of the report, with predictions. `models` are those of its networks. */
export function reportLines({ adapter, peaks, rows }: Report, models: ReadonlyMap<string, Model>): ReportLine[] {
  const measured = measuredMachine(peaks, adapter);
  const named = nearestGpu(adapter);
  return rows.flatMap((row) => {
    if (row.suite !== "networks" || row.status !== "timed") return [];
    const { network } = models.get(row.shape)!;
    const predicted = (machine: Machine) => predictNetwork(network, row, row.storage, adapter, machine);
    const dispatchesMs = row.kernelsGflops && row.flops / row.kernelsGflops / 1e6;
    const asNamed = named && predicted(machineOf(named));
    return [{ row, dispatchesMs, byRoof: predicted(measured), asNamed }];
  });
}

/** The whole text: what was measured on what, and a table. */
export function reportText(report: Report, lines: readonly ReportLine[]): string {
  const { library, environment, date, command, rows } = report;
  const skipped = rows.filter(({ status }) => status !== "timed");
  return [
    `${library.name} ${library.version}, measured beside predicted (\`${command}\`)`,
    [
      ...conditionLines(report),
      ...Object.entries(environment).map(([name, value]) => `${name}: ${value}`),
      `date: ${date.slice(0, 10)}`,
      `predictions: ${predictionsLine(report.adapter)}`,
    ]
      .map((line) => `- ${line}`)
      .join("\n"),
    table(lines, nearestGpu(report.adapter)),
    ...(skipped.length > 0
      ? [skipped.map(({ id, status, note }) => `- ${id}: ${status}; ${note ?? ""}`).join("\n")]
      : []),
  ].join("\n\n");
}

function predictionsLine(adapter: DeviceCapabilities): string {
  const named = nearestGpu(adapter);
  if (adapter.kind === "software")
    return "by the roof above, as of a GPU; a software adapter loads value by value and takes longer";
  if (!named) return "by the roof above, with as many issue slots as the kernels' arithmetic takes at least";
  return `by the roof above, and as for ${named.name} by its vendor's figures; both with the slots of its compiler`;
}

/** Calls are from pixels to pixels; the ratio is of dispatches where they were measured, else of the call. */
function table(lines: readonly ReportLine[], named: NamedGpu | undefined): string {
  const head = [
    "network",
    "picture",
    "storage",
    "call ms",
    "dispatches ms",
    "predicted by the roof",
    "measured / predicted",
    ...(named ? [`predicted for ${named.name}`, "measured / predicted"] : []),
  ];
  return markdownTable(
    head,
    lines.map(({ row, dispatchesMs, byRoof, asNamed }) => {
      const measuredMs = dispatchesMs ?? row.timing.median;
      const beside = (prediction: Prediction) => [predictionCell(prediction), (measuredMs / prediction.ms).toFixed(2)];
      return [
        row.shape,
        `${row.width}x${row.height}`,
        row.storage,
        milliseconds(row.timing.median),
        dispatchesMs === undefined ? "" : milliseconds(dispatchesMs),
        ...beside(byRoof),
        ...(asNamed ? beside(asNamed) : []),
      ];
    }),
  );
}
