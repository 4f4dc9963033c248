// Owns the form: which network, at what scale, in what tiles.

import { get, make } from "./dom.js";
import { type ModelChoice, mixedModel, SITE_MODELS } from "./models.js";
import type { RunSettings } from "./queue.js";

export class Settings {
  #models: readonly ModelChoice[] = SITE_MODELS;
  /** What was chosen before a network was dropped. */
  #before = SITE_MODELS[0]!.key;
  readonly #model = get<HTMLSelectElement>("model");
  readonly #mixModel = get<HTMLSelectElement>("mix-model");
  readonly #share = get<HTMLInputElement>("mix-share");
  readonly #scale = get<HTMLInputElement>("scale");
  readonly #tile = get<HTMLSelectElement>("tile");

  constructor(onSubmit: () => void) {
    get("settings").addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit();
    });
    this.#model.addEventListener("change", () => this.#listModels());
    this.#scale.addEventListener("input", () => {
      get("scale-value").textContent = `${this.#scale.value}\u00d7`;
    });
    this.#share.addEventListener("input", () => {
      get("mix-value").textContent = `${this.#share.value} %`;
    });
    this.#listModels();
  }

  get scale(): number {
    return Number(this.#scale.value);
  }

  now(): RunSettings {
    const first = this.#chosen(this.#model)!;
    const second = this.#chosen(this.#mixModel);
    const model = second ? mixedModel(first, second, Number(this.#share.value) / 100) : first;
    return {
      model,
      scale: this.scale,
      tile: this.#tile.value === "auto" ? "auto" : { size: Number(this.#tile.value) },
    };
  }

  /** Takes a network on and chooses it. */
  add(model: ModelChoice): void {
    this.#before = this.#model.value;
    this.#models = [...this.#models, model];
    this.#listModels(model.key);
  }

  /** Forgets a network that turned out to be none: what was chosen before it is again. */
  remove({ key }: ModelChoice): void {
    if (SITE_MODELS.some((model) => model.key === key)) return;
    this.#models = this.#models.filter((model) => model.key !== key);
    const chosen = this.#model.value === key ? this.#before : this.#model.value;
    const isThere = this.#models.some((model) => model.key === chosen);
    this.#listModels(isThere ? chosen : SITE_MODELS[0]!.key);
  }

  /** Networks of the page's own have no others of their architecture, so mixing is offered once one was dropped. */
  #listModels(chosen = this.#model.value || SITE_MODELS[0]!.key): void {
    const option = ({ key, label }: ModelChoice) => make("option", { value: key }, label);
    this.#model.replaceChildren(...this.#models.map(option));
    this.#model.value = chosen;
    const others = this.#models.filter(({ key }) => key !== chosen);
    const second = this.#mixModel.value;
    this.#mixModel.replaceChildren(make("option", { value: "" }, "nothing"), ...others.map(option));
    this.#mixModel.value = others.some(({ key }) => key === second) ? second : "";
    get("mix").hidden = this.#models.length === SITE_MODELS.length;
    get("model-hint").textContent = this.#chosen(this.#model)!.hint;
  }

  #chosen({ value }: HTMLSelectElement): ModelChoice | undefined {
    return this.#models.find(({ key }) => key === value);
  }
}
