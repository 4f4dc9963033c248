// Owns the list of pictures below the stage: thumbnails, how far each is, choosing and removing one.

import { get, make } from "./dom.js";
import type { Picture, PictureState } from "./picture.js";

export interface FilmEvents {
  choose(picture: Picture): void;
  remove(picture: Picture): void;
}

const WORDS: Readonly<Record<PictureState, string>> = {
  waiting: "waits",
  running: "is being computed",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};

interface Frame {
  readonly item: HTMLLIElement;
  readonly choose: HTMLButtonElement;
}

export class Film {
  readonly #list = get("queue");
  readonly #frames = new Map<Picture, Frame>();

  constructor(private readonly events: FilmEvents) {}

  add(picture: Picture): void {
    const choose = make("button", { type: "button", className: "frame" }, picture.thumbnail);
    choose.addEventListener("click", () => this.events.choose(picture));
    const remove = make("button", { type: "button", className: "remove", ariaLabel: `Remove ${picture.name}` });
    remove.append(get<HTMLTemplateElement>("cross").content.cloneNode(true));
    remove.addEventListener("click", () => this.events.remove(picture));
    const item = make("li", {}, choose, remove);
    this.#frames.set(picture, { item, choose });
    this.#list.append(item);
    this.update(picture);
  }

  /** Tells how far the picture is. */
  update(picture: Picture): void {
    const frame = this.#frames.get(picture);
    if (!frame) return;
    frame.item.dataset.state = picture.state;
    frame.choose.ariaLabel = `${picture.name}, ${WORDS[picture.state]}`;
    frame.choose.title = picture.failure ?? picture.name;
  }

  mark(chosen: Picture | undefined): void {
    for (const [picture, { choose }] of this.#frames) {
      if (picture === chosen) choose.setAttribute("aria-current", "true");
      else choose.removeAttribute("aria-current");
    }
  }

  remove(picture: Picture): void {
    this.#frames.get(picture)?.item.remove();
    this.#frames.delete(picture);
  }
}
