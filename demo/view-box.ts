// Owns where a picture lies in the stage: its magnification and place, and how they change. Pure.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const MOST_ZOOM = 32;

/** Pixels of the page for each of the picture, and where its upper left corner is in the stage. */
export class ViewBox {
  zoom = 1;
  x = 0;
  y = 0;
  #isFitted = true;

  constructor(
    private stage: Size,
    private picture: Size,
  ) {
    this.fit();
  }

  /** All of the picture, as large as it fits, in the middle. */
  fit(): void {
    this.zoom = this.#fitting();
    this.#isFitted = true;
    this.#hold();
  }

  /** The stage or the picture has another size; what was fitted is again, else the middle stays. */
  resize(stage: Size, picture: Size): void {
    const share = { x: (this.stage.width / 2 - this.x) / this.zoom, y: (this.stage.height / 2 - this.y) / this.zoom };
    const grown = picture.width / this.picture.width;
    this.stage = stage;
    this.picture = picture;
    if (this.#isFitted) {
      this.fit();
      return;
    }
    this.zoom = this.#clamped(this.zoom / grown);
    this.x = stage.width / 2 - share.x * grown * this.zoom;
    this.y = stage.height / 2 - share.y * grown * this.zoom;
    this.#hold();
  }

  /** Zooms by `factor`; what is at `at` in the stage stays there. */
  zoomBy(factor: number, at: Point = { x: this.stage.width / 2, y: this.stage.height / 2 }): void {
    const zoom = this.#clamped(this.zoom * factor);
    this.x = at.x - ((at.x - this.x) / this.zoom) * zoom;
    this.y = at.y - ((at.y - this.y) / this.zoom) * zoom;
    this.zoom = zoom;
    this.#isFitted = zoom === this.#fitting();
    this.#hold();
  }

  panBy(x: number, y: number): void {
    this.x += x;
    this.y += y;
    this.#hold();
  }

  #fitting(): number {
    const { stage, picture } = this;
    return Math.min(stage.width / picture.width, stage.height / picture.height);
  }

  #clamped(zoom: number): number {
    const least = Math.min(this.#fitting(), 1);
    return Math.min(Math.max(zoom, least), Math.max(MOST_ZOOM, this.#fitting()));
  }

  /** A side that fits is in the middle; no edge of one that does not leaves the stage's edge. */
  #hold(): void {
    const held = (at: number, outer: number, inner: number) =>
      inner <= outer ? (outer - inner) / 2 : Math.min(0, Math.max(outer - inner, at));
    this.x = held(this.x, this.stage.width, this.picture.width * this.zoom);
    this.y = held(this.y, this.stage.height, this.picture.height * this.zoom);
  }
}
