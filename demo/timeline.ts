// Owns the list of methods: what is known of each, its detail, how far it is, and which two are compared.

import { context2d, get, make } from "./dom.js";
import { type Method, SCALE } from "./history-methods.js";
import type { MethodState, Result } from "./history-run.js";
import { DETAIL_SIDE, type Part } from "./part.js";
import { milliseconds } from "./words.js";

export type Side = "left" | "right";

export interface TimelineEvents {
  choose(side: Side, method: Method): void;
  /** A method that waits to be asked for is. */
  ask(method: Method): void;
}

interface Row {
  readonly item: HTMLLIElement;
  readonly detail: HTMLCanvasElement;
  readonly state: HTMLElement;
  readonly ask: HTMLButtonElement | undefined;
  readonly radios: Readonly<Record<Side, HTMLInputElement>>;
}

const WORDS: Readonly<Record<MethodState, string>> = {
  waiting: "waits",
  running: "computing",
  done: "",
  failed: "failed",
  cancelled: "cancelled",
};

const DETAIL_PIXELS = DETAIL_SIDE * SCALE;

export class Timeline {
  readonly #list = get("methods");
  readonly #rows = new Map<Method, Row>();

  constructor(private readonly events: TimelineEvents) {}

  add(method: Method): void {
    const detail = make("canvas", { width: DETAIL_PIXELS, height: DETAIL_PIXELS, className: "detail" });
    const state = make("span", { className: "state" });
    const year = method.year === "" ? [] : [make("span", { className: "year" }, method.year), " "];
    const figures = make("p", { className: "figures" });
    if (method.psnr) figures.append(make("span", {}, `${method.psnr} dB`));
    figures.append(state);
    const ask = method.fetched === undefined ? undefined : this.#ask(method, method.fetched);
    const about = make(
      "div",
      { className: "about" },
      make("h3", {}, ...year, method.name),
      make("p", {}, method.sentence),
    );
    about.append(figures, ...(ask ? [ask] : []));
    const radios = { left: this.#radio("left", method), right: this.#radio("right", method) };
    const side = (name: Side, text: string) => make("label", {}, radios[name], make("span", {}, text));
    const sides = make("div", { className: "sides" }, side("left", "Left"), side("right", "Right"));
    const item = make("li", {}, detail, about, sides);
    this.#rows.set(method, { item, detail, state, ask, radios });
    this.#list.append(item);
  }

  /** Tells how far a method is; of one that waits to be asked for the state is undefined. */
  update(method: Method, state: MethodState | undefined, text = state ? WORDS[state] : ""): void {
    const row = this.#rows.get(method)!;
    if (state) row.item.dataset.state = state;
    else delete row.item.dataset.state;
    row.state.textContent = text;
    if (row.ask) row.ask.hidden = state === "waiting" || state === "running" || state === "done";
    for (const radio of Object.values(row.radios)) radio.disabled = state !== "done";
  }

  /** Shows what the method made of the part's detail, and the time that it took. */
  result(method: Method, { bitmap, computeMs }: Result, { detail }: Part): void {
    const { detail: canvas } = this.#rows.get(method)!;
    const context = context2d(canvas);
    context.clearRect(0, 0, DETAIL_PIXELS, DETAIL_PIXELS);
    context.drawImage(bitmap, -detail.x * SCALE, -detail.y * SCALE);
    this.update(method, "done", milliseconds(computeMs));
  }

  /** Nothing of an earlier picture is left. */
  clear(): void {
    for (const [method, { detail }] of this.#rows) {
      context2d(detail).clearRect(0, 0, DETAIL_PIXELS, DETAIL_PIXELS);
      this.update(method, undefined);
    }
  }

  mark(side: Side, chosen: Method | undefined): void {
    for (const [method, { radios, item }] of this.#rows) {
      radios[side].checked = method === chosen;
      item.classList.toggle(`is-${side}`, method === chosen);
    }
  }

  #ask(method: Method, fetched: string): HTMLButtonElement {
    const text = `Compute, ${fetched}`;
    const ask = make("button", { type: "button", hidden: true, ariaLabel: `${text}: ${method.name}` }, text);
    ask.addEventListener("click", () => this.events.ask(method));
    return ask;
  }

  #radio(side: Side, method: Method): HTMLInputElement {
    const radio = make("input", {
      type: "radio",
      name: side,
      disabled: true,
      ariaLabel: `${method.name} on the ${side}`,
    });
    radio.addEventListener("change", () => this.events.choose(side, method));
    return radio;
  }
}
