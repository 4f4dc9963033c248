// Owns the stage: before and after on top of each other, where one ends and the other begins, zoom and pan by mouse, touch and keyboard.

import { get, paint } from "./dom.js";
import { type Point, type Size, ViewBox } from "./view-box.js";

const PAN_STEP = 48; // pixels for each press of an arrow key
const ZOOM_STEP = 1.25;
const WHEEL_ZOOM = 0.0015; // for each pixel that the wheel turns

/** A result, and what it is called. */
export interface Named {
  readonly name: string;
  readonly bitmap: ImageBitmap;
}

export class Viewer {
  readonly after = get<HTMLCanvasElement>("after");
  readonly #stage = get("stage");
  readonly #canvases = get("canvases");
  readonly #before = get<HTMLCanvasElement>("before");
  readonly #afterLayer = get("after-layer");
  readonly #split = get("split");
  readonly #pointers = new Map<number, Point>();
  #box: ViewBox | undefined;
  #size: Size = { width: 1, height: 1 };
  #live: HTMLCanvasElement | undefined;
  #share = 50;
  #beforeName = "before";

  constructor() {
    this.#canvases.tabIndex = 0; // for the keys below
    new ResizeObserver(() => this.#resize()).observe(this.#stage);
    this.#listenToSplit();
    this.#listenToPointers();
    this.#canvases.addEventListener("keydown", (event) => this.#key(event));
    get("zoom-in").addEventListener("click", () => this.#zoomBy(ZOOM_STEP));
    get("zoom-out").addEventListener("click", () => this.#zoomBy(1 / ZOOM_STEP));
    get("zoom-fit").addEventListener("click", () => {
      this.#box?.fit();
      this.#place();
    });
  }

  /** What is shown as before. */
  get before(): HTMLCanvasElement {
    return this.#before;
  }

  /** Shows `source`, which stays the caller's, as what a result of `result` pixels is compared with. */
  show(source: ImageBitmap, result: Size): void {
    paint(this.#before, source);
    this.#size = result;
    for (const element of [this.#canvases, get("tools")]) element.hidden = false;
    get("empty").hidden = true;
    this.#stage.classList.remove("is-empty");
    this.#box = new ViewBox(this.#stageSize(), result);
    this.showAfter(false);
    this.#place();
  }

  /** Shows two results, which stay the caller's, in place of the source and its result. */
  compare(before: Named, after: Named): void {
    paint(this.#before, before.bitmap);
    paint(this.after, after.bitmap);
    this.#beforeName = before.name;
    get("tag-before").textContent = before.name;
    get("tag-after").textContent = after.name;
    this.#split.ariaLabel = `Where ${before.name} ends and ${after.name} begins`;
    this.showAfter(true);
    this.#place();
  }

  /** The result has another size than was thought. */
  resultSize(result: Size): void {
    this.#size = result;
    this.#resize();
  }

  /** Whether `after` holds a result. */
  showAfter(isThere: boolean): void {
    this.after.hidden = !isThere;
    this.#showSplit(isThere || this.#live !== undefined);
  }

  /** A canvas that is drawn meanwhile lies over the rest. */
  showLive(canvas: HTMLCanvasElement | undefined): void {
    this.#live?.remove();
    this.#live = canvas;
    if (canvas) {
      canvas.className = "live";
      canvas.style.clipPath = "inset(100% 0 0 0)";
      this.#afterLayer.append(canvas);
      this.#place();
    }
    this.#showSplit(canvas !== undefined || !this.after.hidden);
  }

  /** How much of the live canvas is there, as a CSS shape. */
  reveal(shape: string): void {
    if (this.#live) this.#live.style.clipPath = shape;
  }

  clear(): void {
    this.showLive(undefined);
    this.showAfter(false);
    this.#box = undefined;
    for (const canvas of [this.#before, this.after]) canvas.width = canvas.height = 1;
    for (const element of [this.#canvases, get("tools")]) element.hidden = true;
    get("empty").hidden = false;
    this.#stage.classList.add("is-empty");
  }

  #showSplit(isThere: boolean): void {
    for (const id of ["split", "tag-before", "tag-after"]) get(id).hidden = !isThere;
    // Where the result is not there yet, what was before is seen.
    this.#stage.classList.toggle("is-whole", isThere && this.#live === undefined);
    this.#splitAt(this.#share);
  }

  #stageSize(): Size {
    return { width: this.#stage.clientWidth, height: this.#stage.clientHeight };
  }

  #resize(): void {
    this.#box?.resize(this.#stageSize(), this.#size);
    this.#place();
  }

  #zoomBy(factor: number, at?: Point): void {
    this.#box?.zoomBy(factor, at);
    this.#place();
  }

  #place(): void {
    if (!this.#box) return;
    const { zoom, x, y } = this.#box;
    for (const canvas of [this.#before, this.after, this.#live]) {
      if (!canvas) continue;
      canvas.style.width = `${this.#size.width}px`;
      canvas.style.height = `${this.#size.height}px`;
      canvas.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
      // Large pixels are shown as they are, except of a source, which is resized to be compared.
      const isSource = canvas === this.#before && canvas.width !== this.#size.width;
      canvas.style.imageRendering = zoom >= 4 && !isSource ? "pixelated" : "auto";
    }
    get("zoom").textContent = `${Math.round(zoom * 100)} %`;
  }

  #splitAt(share: number): void {
    this.#share = Math.min(100, Math.max(0, share));
    const percent = Math.round(this.#share);
    this.#stage.style.setProperty("--split", `${this.#share}%`);
    this.#split.setAttribute("aria-valuenow", String(percent));
    this.#split.setAttribute("aria-valuetext", `${percent} percent ${this.#beforeName}`);
  }

  #listenToSplit(): void {
    const split = this.#split;
    split.addEventListener("pointerdown", (event) => {
      split.setPointerCapture(event.pointerId);
      event.preventDefault();
      split.focus();
    });
    split.addEventListener("pointermove", (event) => {
      if (!split.hasPointerCapture(event.pointerId)) return;
      const { left, width } = this.#stage.getBoundingClientRect();
      this.#splitAt(((event.clientX - left) / width) * 100);
    });
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -10,
      PageUp: 10,
      Home: -100,
      End: 100,
    };
    split.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#splitAt(this.#share + step * (event.shiftKey ? 10 : 1));
    });
  }

  #listenToPointers(): void {
    const area = this.#canvases;
    area.addEventListener("pointerdown", (event) => {
      area.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, this.#inStage(event));
    });
    area.addEventListener("pointermove", (event) => this.#drag(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      area.addEventListener(end, ({ pointerId }) => this.#pointers.delete(pointerId));
    }
    area.addEventListener("dblclick", (event) => this.#zoomBy(2, this.#inStage(event)));
    this.#stage.addEventListener(
      "wheel",
      (event) => {
        if (!this.#box) return;
        event.preventDefault();
        this.#zoomBy(Math.exp(-event.deltaY * WHEEL_ZOOM), this.#inStage(event));
      },
      { passive: false },
    );
  }

  /** One pointer pans; two zoom around their middle and pan with it. */
  #drag(event: PointerEvent): void {
    const from = this.#pointers.get(event.pointerId);
    if (!from) return;
    const to = this.#inStage(event);
    this.#pointers.set(event.pointerId, to);
    const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (other) {
      const distance = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y);
      this.#box?.zoomBy(distance(to) / Math.max(1, distance(from)), {
        x: (from.x + other.x) / 2,
        y: (from.y + other.y) / 2,
      });
    }
    const share = other ? 2 : 1; // of two fingers, one moves the middle by half
    this.#box?.panBy((to.x - from.x) / share, (to.y - from.y) / share);
    this.#place();
  }

  #key(event: KeyboardEvent): void {
    const pans: Record<string, readonly [number, number]> = {
      ArrowLeft: [PAN_STEP, 0],
      ArrowRight: [-PAN_STEP, 0],
      ArrowUp: [0, PAN_STEP],
      ArrowDown: [0, -PAN_STEP],
    };
    const zooms: Record<string, number> = { "+": ZOOM_STEP, "=": ZOOM_STEP, "-": 1 / ZOOM_STEP };
    const pan = pans[event.key];
    const zoom = zooms[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pan) this.#box?.panBy(...pan);
    else if (zoom !== undefined) this.#box?.zoomBy(zoom);
    else if (event.key === "0") this.#box?.fit();
    else return;
    event.preventDefault();
    this.#place();
  }

  #inStage({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.#stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}
