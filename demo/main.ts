// The page: what comes in is queued and computed in a worker, what comes out is shown. Owns which picture is shown, and its result.

import "./style.css";
import "./stage.css";
import { type FoundAdapter, findAdapter } from "./adapter.js";
import { get, make } from "./dom.js";
import { Engine } from "./engine.js";
import { factsOf } from "./facts.js";
import { Film } from "./film.js";
import { listenForFiles } from "./intake.js";
import { droppedModel, isNetworkFile } from "./models.js";
import { keepOffline } from "./offline.js";
import { openPicture, type Picture } from "./picture.js";
import { Queue } from "./queue.js";
import { download, drawMixed, fileName, fileOf } from "./result.js";
import { Settings } from "./settings.js";
import { hideProgress, say, showProgress, warn } from "./status.js";
import { listenForTheme } from "./theme.js";
import { Viewer } from "./viewer.js";
import { duration } from "./words.js";

const viewer = new Viewer();
const strength = get<HTMLInputElement>("strength");

const settings = new Settings(() => {
  if (!shown) return;
  if (shown.state !== "running") shown.state = "waiting";
  film.update(shown);
  start();
});

const film = new Film({
  choose: (picture) => {
    follows = picture === queue.running;
    show(picture);
  },
  remove,
});

const queue = new Queue(new Engine(), {
  settings: () => settings.now(),
  refused: (model) => settings.remove(model),
  changed,
  drawing(picture, canvas, size) {
    live = { picture, canvas };
    if (picture !== shown) return;
    viewer.resultSize(size);
    viewer.showLive(canvas);
  },
  progress(picture, text, share, shape) {
    showProgress(queue.pictures.length > 1 ? `${picture.name}: ${text}` : text, share);
    // Frames of the worker's canvas arrive a little after its messages.
    if (shape !== undefined) requestAnimationFrame(() => picture === shown && viewer.reveal(shape));
  },
});

let shown: Picture | undefined;
/** The bitmap of its result. */
let result: ImageBitmap | undefined;
/** Whether the picture that is computed is the one shown. */
let follows = true;
let live: { readonly picture: Picture; readonly canvas: HTMLCanvasElement } | undefined;
let adapter: FoundAdapter = { isUsable: false, name: "", notice: "" };
/** Pictures are decoded asynchronously: only the last one asked for is shown. */
let turn = 0;
/** Until what was asked for last is drawn. */
let showing = Promise.resolve();

async function add(files: readonly File[]): Promise<void> {
  const networks = files.filter(isNetworkFile);
  for (const file of networks) settings.add(droppedModel(file));
  if (networks.length > 0) {
    say(shown ? "" : "The network is ready for a picture.");
    if (shown && shown.state !== "running") shown.state = "waiting";
  }
  const refused: string[] = [];
  for (const file of files.filter((each) => !isNetworkFile(each))) {
    try {
      const picture = await openPicture(file, file.name);
      queue.pictures.push(picture);
      film.add(picture);
      if (!shown) await show(picture);
    } catch {
      refused.push(file.name);
    }
  }
  if (refused.length > 0) say(`Not a picture that this browser reads: ${refused.join(", ")}.`);
  get("add").hidden = queue.pictures.length === 0;
  start();
}

function start(): void {
  render();
  if (adapter.isUsable) void queue.run();
}

function changed(picture: Picture): void {
  film.update(picture);
  if (picture.state === "running") {
    say("");
    warn(adapter.notice);
    if (follows) void show(picture);
  } else {
    if (live?.picture === picture) live = undefined;
    hideProgress();
    if (picture.state === "failed") warn(`${picture.name}: ${picture.failure}`);
    if (picture.state === "cancelled") say(`${picture.name}: cancelled.`);
    if (picture.state === "done") say(`${picture.name}: done in ${duration(picture.outcome!.computeMs)}.`);
    if (picture === shown) void show(picture);
  }
  render();
}

/** Shows a picture and what there is of its result. */
function show(picture: Picture): Promise<void> {
  showing = drawn(picture, ++turn);
  return showing;
}

async function untilShown(): Promise<void> {
  let last: Promise<void>;
  do {
    last = showing;
    await last;
  } while (last !== showing);
}

async function drawn(picture: Picture, own: number): Promise<void> {
  const isNew = picture !== shown;
  shown = picture;
  film.mark(picture);
  if (isNew) {
    const source = await createImageBitmap(picture.file);
    if (own === turn) {
      dropResult();
      const { width, height } = picture.outcome ?? resultSize(picture);
      viewer.show(source, { width, height });
    }
    source.close();
  }
  if (own !== turn) return;
  if (live?.picture === picture) viewer.showLive(live.canvas);
  else await showResult(picture, own);
  if (own === turn) render();
}

async function showResult(picture: Picture, own: number): Promise<void> {
  const { outcome } = picture;
  const bitmap = outcome && (await createImageBitmap(outcome.file));
  if (own !== turn) return bitmap?.close();
  dropResult();
  result = bitmap;
  if (outcome) viewer.resultSize(outcome);
  drawResult();
  viewer.showAfter(bitmap !== undefined);
  viewer.showLive(undefined);
}

function resultSize({ width, height }: Picture) {
  return { width: Math.round(width * settings.scale), height: Math.round(height * settings.scale) };
}

function drawResult(): void {
  if (result) drawMixed(viewer.after, result, viewer.before, Number(strength.value) / 100);
}

function dropResult(): void {
  result?.close();
  result = undefined;
}

function remove(picture: Picture): void {
  queue.remove(picture);
  film.remove(picture);
  const next = queue.pictures[0];
  if (picture === shown) {
    shown = undefined;
    turn++;
    dropResult();
    viewer.clear();
    if (next) void show(next);
  }
  get("add").hidden = next === undefined;
  render();
}

function render(): void {
  const outcome = shown?.outcome;
  const run = get<HTMLButtonElement>("run");
  run.disabled = !adapter.isUsable || !shown || shown.state === "running";
  run.textContent = outcome ? "Upscale again" : "Upscale";
  get("result").hidden = !outcome;
  if (!outcome) return;
  const { width, height } = shown!;
  get("size").textContent = `${width} \u00d7 ${height} \u2192 ${outcome.width} \u00d7 ${outcome.height}`;
  const facts = factsOf(outcome, adapter.name).map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  get("facts").replaceChildren(...facts.flat());
}

strength.addEventListener("input", () => {
  get("strength-value").textContent = `${strength.value} %`;
  drawResult();
});

get("cancel").addEventListener("click", () => queue.cancel());

get("download").addEventListener("click", async () => {
  const type = get<HTMLSelectElement>("type").value;
  try {
    await untilShown();
    if (!shown?.outcome) return;
    const { name, outcome, width } = shown;
    download(await fileOf(viewer.after, type), fileName(name, Number((outcome.width / width).toFixed(2)), type));
  } catch (error) {
    say((error as Error).message);
  }
});

listenForTheme();
listenForFiles({ files: (files) => void add(files), refused: say });

keepOffline();

adapter = await findAdapter();
warn(adapter.notice);
start();
