// `npm run bench -- ...` once everything is compiled. Owns the terminal: rows as they come, what is being measured, the end.

import { writeFileSync } from "node:fs";
import { conditionLines, headLine, KERNEL_COLUMNS, NETWORK_COLUMNS, rowLine } from "../harness/format.js";
import type { Report, Row } from "../harness/row.js";
import { type BenchCommand, HELP, parseArguments } from "./arguments.js";
import { benchInNode } from "./node-bench.js";

async function main(): Promise<number> {
  let command: BenchCommand;
  try {
    command = parseArguments(process.argv.slice(2));
  } catch (error) {
    say((error as Error).message);
    return 2;
  }
  switch (command.action) {
    case "help":
      process.stdout.write(HELP);
      return 0;
    case "suites":
      return suites(command);
    case "page": {
      const { servePage } = await import("./page-server.js");
      const { url } = await servePage(command.port);
      process.stdout.write(`The benchmark is at ${url} until Ctrl-C. Open it in a browser with WebGPU.\n`);
      return new Promise(() => {});
    }
    case "seams": {
      const { measureSeams } = await import("./seams.js");
      const table = await measureSeams({
        ...command,
        onRow: (line) => say(line),
        onStep: step,
      });
      step("");
      process.stdout.write(`${table}\n`);
      return 0;
    }
    case "accuracy":
      return accuracy(command);
    case "quality":
      return quality(command);
    case "report":
      return report(command);
    case "document": {
      const { measureDocument } = await import("./document.js");
      await measureDocument({ part: command.part, onRow: printer(), onStep: step });
      step("");
      return 0;
    }
  }
}

async function suites(command: BenchCommand): Promise<number> {
  const report = await benchInNode({
    ...command,
    command: commandLine(),
    onReady(conditions) {
      step("");
      process.stdout.write(`${conditionLines(conditions).join("\n")}\n\n`);
    },
    onRow: printer(),
    onStep: step,
  });
  step("");
  if (report.rows.length === 0) return noRow(command);
  process.stdout.write(
    `\n* the library's choice on this device. Load average: ${report.environment["load average"]}.\n`,
  );
  if (command.json !== undefined) writeFileSync(command.json, `${JSON.stringify(report, null, 1)}\n`);
  return failures(report) > 0 ? 1 : 0;
}

function print(text: string): void {
  step("");
  process.stdout.write(`${text}\n`);
}

async function quality(command: BenchCommand): Promise<number> {
  const { measureQuality, qualityLine, qualityTable } = await import("./quality.js");
  const report = await measureQuality({
    ...command,
    onReady: (adapter, set, pictures) => print(`adapter: ${adapter}\nset: ${set}, ${pictures} pictures\n`),
    onRow: (row) => print(qualityLine(row)),
    onStep: step,
    onNote: say,
  });
  if (report.rows.length === 0) return report.leftOut > 0 ? 1 : noRow(command);
  print(`\n${qualityTable(report.rows)}`);
  if (command.json !== undefined) writeFileSync(command.json, `${JSON.stringify(report, null, 1)}\n`);
  return report.leftOut > 0 ? 1 : 0;
}

async function accuracy(command: BenchCommand): Promise<number> {
  const { accuracyLine, accuracyTable, isAccurate, LEAST_PSNR, measureAccuracy } = await import("./accuracy.js");
  const report = await measureAccuracy({
    ...command,
    onReady: (adapter) => print(`adapter: ${adapter}\n`),
    onRow: (row) => print(accuracyLine(row)),
    onStep: step,
    onNote: say,
  });
  if (report.rows.length === 0) return report.leftOut > 0 ? 1 : noRow(command);
  print(`\n${accuracyTable(report.rows)}`);
  if (command.json !== undefined) writeFileSync(command.json, `${JSON.stringify(report, null, 1)}\n`);
  const failed = report.rows.filter((row) => !isAccurate(row)).length;
  if (failed > 0) say(`${failed} of ${report.rows.length} rows are below ${LEAST_PSNR} dB`);
  return failed > 0 ? 1 : 0;
}

async function report(command: BenchCommand): Promise<number> {
  const { measureReport } = await import("./report.js");
  const { report: measured, text } = await measureReport({
    ...command,
    command: commandLine(),
    onReady: () => step(""),
    // The text alone goes to standard output.
    onRow: (row) => say(row.suite === "networks" ? rowLine(NETWORK_COLUMNS, row) : row.id),
    onStep: step,
  });
  step("");
  if (measured.rows.length === 0) return noRow(command);
  process.stdout.write(`${text}\n`);
  return failures(measured) > 0 ? 1 : 0;
}

/** The words that made this run. */
function commandLine(): string {
  const words = process.argv.slice(2).map(quoted);
  return ["npm run bench", ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
}

function noRow({ filter }: BenchCommand): number {
  say(`No row has all the words of --filter "${filter}"`);
  return 1;
}

function failures({ rows }: Report): number {
  const failed = rows.filter(({ status }) => status === "failed").length;
  if (failed > 0) say(`${failed} of ${rows.length} rows failed`);
  return failed;
}

/** Prints rows as they come, with a head wherever the suite changes. */
function printer(): (row: Row) => void {
  let suite = "";
  return (row) => {
    step("");
    if (row.suite !== suite) {
      const head = row.suite === "kernels" ? headLine(KERNEL_COLUMNS) : headLine(NETWORK_COLUMNS);
      process.stdout.write(`${suite ? "\n" : ""}${head}\n`);
      suite = row.suite;
    }
    const text = row.suite === "kernels" ? rowLine(KERNEL_COLUMNS, row) : rowLine(NETWORK_COLUMNS, row);
    process.stdout.write(`${text}\n`);
  };
}

/** What is being measured, on a terminal only, and gone once it is done. */
function step(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what ? `measuring ${what} ...` : ""}`);
}

function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : `"${word}"`;
}

function say(sentence: string): void {
  step("");
  process.stderr.write(`esrgan-webgpu: ${sentence}\n`);
}

let exitCode = 1;
try {
  exitCode = await main();
} catch (error) {
  say((error as Error).message);
}
// At once: a driver that hangs while it is taken down would hang the command.
process.stdout.write("", () => process.exit(exitCode));
