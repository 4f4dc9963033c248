// The history: one picture, enlarged by every method, of which any two are compared. Owns the results, and which two are shown.

import "./style.css";
import "./stage.css";
import "./history.css";
import { type FoundAdapter, findAdapter } from "./adapter.js";
import { get } from "./dom.js";
import { Engine } from "./engine.js";
import { BICUBIC, droppedMethod, METHODS, type Method, SCALE } from "./history-methods.js";
import { HistoryRun, type Result } from "./history-run.js";
import { listenForFiles } from "./intake.js";
import { droppedModel, isNetworkFile } from "./models.js";
import { keepOffline } from "./offline.js";
import { openPart, type Part } from "./part.js";
import { hideProgress, say, showProgress, warn } from "./status.js";
import { listenForTheme } from "./theme.js";
import { type Side, Timeline } from "./timeline.js";
import { Viewer } from "./viewer.js";

const methods: Method[] = [];
const results = new Map<Method, Result>();
/** What the visitor chose; until then the newest is compared with bicubic. */
const chosen: Partial<Record<Side, Method>> = {};
const viewer = new Viewer();
let part: Part | undefined;
let adapter: FoundAdapter = { isUsable: false, name: "", notice: "" };
/** Pictures are decoded asynchronously: only the last one is taken. */
let turn = 0;

const timeline = new Timeline({
  choose(side, method) {
    chosen[side] = method;
    compare();
  },
  ask: (method) => run.add([method]),
});

const run = new HistoryRun(new Engine(), {
  changed(method, state, failure) {
    if (state !== "done") timeline.update(method, state, failure);
    if (state === "running") say("");
  },
  result(method, result) {
    results.set(method, result);
    timeline.result(method, result, part!);
    compare();
  },
  progress: showProgress,
  idle() {
    hideProgress();
    const missing = methods.filter((method) => !results.has(method) && method.fetched === undefined);
    get("rest").hidden = missing.length === 0;
    say(missing.length === 0 ? "All computed." : `${missing.map(({ name }) => name).join(", ")}: not computed.`);
  },
});

/** Shows the two that are compared. */
function compare(): void {
  const done = methods.filter((method) => results.has(method));
  const wanted = (side: Side) => done.find((method) => method === chosen[side]);
  const right = wanted("right") ?? done.at(-1);
  const left = wanted("left") ?? (right !== BICUBIC && results.has(BICUBIC) ? BICUBIC : done[0]);
  if (!left || !right) return;
  timeline.mark("left", left);
  timeline.mark("right", right);
  const named = (method: Method) => ({ name: method.name, bitmap: results.get(method)!.bitmap });
  viewer.compare(named(left), named(right));
}

async function take(files: readonly File[]): Promise<void> {
  for (const file of files.filter(isNetworkFile)) addMethod(droppedMethod(droppedModel(file)));
  const picture = files.find((file) => !isNetworkFile(file));
  if (picture) await takePicture(picture);
  else if (part) start();
  else say("The network is ready for a picture.");
}

async function takePicture(file: File): Promise<void> {
  const own = ++turn;
  let opened: Part;
  try {
    opened = await openPart(file, file.name);
  } catch {
    say(`Not a picture that this browser reads: ${file.name}.`);
    return;
  }
  if (own !== turn) return opened.bitmap.close();
  run.take(opened);
  for (const { bitmap } of results.values()) bitmap.close();
  results.clear();
  part?.bitmap.close();
  part = opened;
  timeline.clear();
  const { width, height } = part.bitmap;
  const size = { width: width * SCALE, height: height * SCALE };
  viewer.show(part.bitmap, size);
  get("part").textContent = partText(part, `${size.width} \u00d7 ${size.height}`);
  get("add").hidden = false;
  start();
}

function partText({ bitmap, whole }: Part, enlarged: string): string {
  const text = (size: { readonly width: number; readonly height: number }) => `${size.width} \u00d7 ${size.height}`;
  if (bitmap.width === whole.width && bitmap.height === whole.height) return `${text(whole)} \u2192 ${enlarged}`;
  return `The middle ${text(bitmap)} of ${text(whole)} pixels \u2192 ${enlarged}, so that all results can be kept at once.`;
}

function addMethod(method: Method): void {
  methods.push(method);
  timeline.add(method);
}

/** Computes what is missing, but for what is asked for by itself. */
function start(): void {
  get("rest").hidden = true;
  if (!part || !adapter.isUsable) return;
  run.add(methods.filter((method) => !results.has(method) && method.fetched === undefined && !run.has(method)));
}

METHODS.forEach(addMethod);
get("cancel").addEventListener("click", () => run.cancel());
get("rest").addEventListener("click", start);
listenForTheme();
listenForFiles({ files: (files) => void take(files), refused: say });
keepOffline();

adapter = await findAdapter();
warn(adapter.notice);
start();
