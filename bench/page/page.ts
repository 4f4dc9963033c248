// The benchmark as a page: runs the harness on the browser's own adapter and shows what it says. Owns the document only.

import { deviceRequirements } from "../../src/gpu/capabilities.js";
import { readModel } from "../../src/models/model.js";
import { runBench } from "../harness/bench.js";
import { adapterName, type Column, figure, KERNEL_COLUMNS, NETWORK_COLUMNS } from "../harness/format.js";
import type { KernelRow, Report, Row, SuiteName } from "../harness/row.js";
import type { Conditions } from "../harness/session.js";
import { type ChartPoint, describe, pointsOf, rooflineSvg } from "./chart.js";

const get = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;

const controls = get<HTMLFormElement>("controls");
const run = get<HTMLButtonElement>("run");
const stop = get<HTMLButtonElement>("stop");
const pointText = get("point");
const hint = pointText.textContent ?? "";

let report: Report | undefined;
let conditions: Conditions | undefined;
let rows: Row[] = [];
let points: ChartPoint[] = [];
let stopping = new AbortController();

/** What stands in the status line; trouble is shown as such. */
function say(text: string, isBad = false): void {
  get("status").textContent = text;
  get("status").classList.toggle("bad", isBad);
}

async function openDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("This browser offers no WebGPU adapter.");
  const { requiredFeatures, requiredLimits } = deviceRequirements(adapter);
  const timestamps: GPUFeatureName[] = adapter.features.has("timestamp-query") ? ["timestamp-query"] : [];
  return adapter.requestDevice({ requiredFeatures: [...requiredFeatures, ...timestamps], requiredLimits });
}

controls.addEventListener("submit", async (event) => {
  event.preventDefault();
  const suite = String(new FormData(controls).get("suite")) as SuiteName | "both";
  rows = [];
  report = undefined;
  stopping = new AbortController();
  render();
  say("Starting ...");
  setRunning(true);
  let device: GPUDevice | undefined;
  try {
    device = await openDevice();
    report = await runBench({
      device,
      suites: suite === "both" ? ["kernels", "networks"] : [suite],
      filter: get<HTMLInputElement>("filter").value,
      quick: get<HTMLInputElement>("quick").checked,
      library: (await (await fetch("about.json")).json()) as Report["library"],
      command: "npm run bench -- page",
      environment: { runtime: navigator.userAgent, "processor threads": navigator.hardwareConcurrency },
      loadModel: async (name) => readModel(await fetch(`models/${name}/${name}.safetensors`), { name }),
      onReady(ready) {
        conditions = ready;
        render();
      },
      onRow(row) {
        rows.push(row);
        render();
      },
      onStep: (what) => say(`Measuring ${what} ...`),
      signal: stopping.signal,
    });
    const failed = rows.filter(({ status }) => status === "failed").length;
    if (rows.length === 0) say("No row has all of these words.", true);
    else
      say(failed > 0 ? `${failed} of ${rows.length} rows failed.` : `Done: rows measured: ${rows.length}.`, failed > 0);
  } catch (error) {
    if (stopping.signal.aborted) say(`Stopped after ${rows.length} rows.`);
    else say((error as Error).message, true);
  } finally {
    device?.destroy();
    setRunning(false);
    render();
  }
});

stop.addEventListener("click", () => stopping.abort());

function setRunning(isRunning: boolean): void {
  run.hidden = isRunning;
  stop.hidden = !isRunning;
  for (const input of controls.querySelectorAll("input")) input.disabled = isRunning;
}

function render(): void {
  get("results").hidden = !report || rows.length === 0;
  renderFacts();
  renderTable("kernels", KERNEL_COLUMNS);
  renderTable("networks", NETWORK_COLUMNS);
  points = pointsOf(rows.filter((row): row is KernelRow => row.suite === "kernels"));
  get("chart-card").hidden = !conditions || points.length === 0;
  if (!conditions || points.length === 0) return;
  get("chart").innerHTML = rooflineSvg(conditions.peaks, points);
  pointText.textContent = hint;
}

function renderFacts(): void {
  const facts = get("facts");
  facts.hidden = !conditions;
  if (!conditions) return;
  const { peaks, clock } = conditions;
  get("adapter").textContent = adapterName(conditions);
  const all = [
    [`${figure(peaks.f32Gflops)} GFLOP/s`, "f32 multiply-adds at best, measured"],
    ...(peaks.f16Gflops === undefined
      ? []
      : [[`${figure(peaks.f16Gflops)} GFLOP/s`, "f16 multiply-adds at best, measured"]]),
    [`${figure(peaks.bandwidthGBs)} GB/s`, "copying, read and written, measured"],
    [clock.kind === "wall" ? "wall clock" : "timestamps", clock.why],
  ];
  facts.replaceChildren(
    ...all.map(([value, what]) => {
      const fact = document.createElement("div");
      fact.append(element("b", value!), element("span", what!));
      return fact;
    }),
  );
}

function renderTable<R extends Row>(suite: R["suite"], columns: readonly Column<R>[]): void {
  const section = get(suite);
  const own = rows.filter((row): row is R => row.suite === suite);
  section.hidden = own.length === 0;
  const head = document.createElement("tr");
  head.append(...columns.map(({ title, align }) => element("th", title, align)));
  section.querySelector("thead")!.replaceChildren(head);
  section.querySelector("tbody")!.replaceChildren(...own.map((row) => tableRow(columns, row)));
}

function tableRow<R extends Row>(columns: readonly Column<R>[], row: R): HTMLTableRowElement {
  const line = document.createElement("tr");
  line.className = row.status;
  line.dataset.id = row.id;
  line.classList.toggle("chosen", row.suite === "kernels" && row.isDefault);
  for (const column of columns) {
    const cell = element("td", column.text(row), column.align);
    if (column.title === "parity" && row.status === "timed") cell.classList.add("ok");
    line.append(cell);
  }
  if (row.note) line.append(element("td", row.note, "note"));
  return line;
}

function element(name: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

/** Tells of the kernel that is pointed at, and marks its row. */
function tell(event: Event): void {
  const index = (event.target as Element).getAttribute?.("data-point");
  const point = index === null ? undefined : points[Number(index)];
  pointText.textContent = point ? describe(point) : hint;
  for (const line of document.querySelectorAll<HTMLElement>("tr.lit")) line.classList.remove("lit");
  if (point) document.querySelector(`tr[data-id="${CSS.escape(point.row.id)}"]`)?.classList.add("lit");
}

get("chart").addEventListener("pointerover", tell);
get("chart").addEventListener("focusin", tell);

const json = () => JSON.stringify(report, null, 1);

get("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(json());
    say("Copied.");
  } catch (error) {
    say(`The browser did not let the page copy: ${(error as Error).message}`, true);
  }
});

get("download").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([json()], { type: "application/json" }));
  link.download = `esrgan-webgpu-bench-${(report?.date ?? "").slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
});

try {
  const device = await openDevice();
  const { vendor, architecture, description } = device.adapterInfo;
  device.destroy();
  const name = [description, vendor, architecture].filter(Boolean).join(", ");
  get("adapter").textContent = name || "An adapter that does not say its name";
  run.disabled = false;
} catch (error) {
  get("adapter").textContent = (error as Error).message;
}
