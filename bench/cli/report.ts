// `npm run bench -- report`: measures the shipped networks on an adapter and holds them against predictions. Owns which rows.

import { writeFileSync } from "node:fs";
import type { Report } from "../harness/row.js";
import { hasAllWords } from "../harness/session.js";
import { type ReportLine, reportLines, reportText } from "../roofline/report.js";
import { NETWORKS } from "../roofline/tables.js";
import { benchInNode, bundledModel, type NodeBenchOptions } from "./node-bench.js";

export interface MeasuredReport {
  readonly report: Report;
  /** To paste. */
  readonly text: string;
}

/** @throws EsrganError "unsupported-device" if there is no such adapter, "device-lost" */
export async function measureReport(
  options: Omit<NodeBenchOptions, "suites" | "filter"> & {
    readonly filter: string | undefined;
    /** A file for all of it. */
    readonly json: string | undefined;
  },
): Promise<MeasuredReport> {
  const { filter = "", json } = options;
  const isShipped = (id: string) => NETWORKS.some((name) => id.startsWith(`networks ${name} `));
  const report = await benchInNode({
    ...options,
    suites: ["networks"],
    filter: (id) => isShipped(id) && hasAllWords(id, filter),
  });
  const models = NETWORKS.map(async (name) => [name, await bundledModel(name)] as const);
  const lines: ReportLine[] = reportLines(report, new Map(await Promise.all(models)));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...report, predictions: lines }, null, 1)}\n`);
  return { report, text: reportText(report, lines) };
}
