// Owns what a page says of itself: the line of its status, its notice, and how far the work is.

import { get } from "./dom.js";

export function say(text: string): void {
  get("status").textContent = text;
}

/** Says what should not be missed; an empty text takes it away. */
export function warn(text: string): void {
  get("notice").textContent = text;
  get("notice").hidden = text === "";
}

/** `share` of 0 to 1 is done. */
export function showProgress(text: string, share: number): void {
  get("progress").hidden = false;
  get("progress-text").textContent = text;
  get("bar").setAttribute("aria-valuenow", String(Math.round(share * 100)));
  get("bar").style.setProperty("--done", String(share));
}

export function hideProgress(): void {
  get("progress").hidden = true;
}
