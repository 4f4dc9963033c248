// Owns the alpha beside a network: it is never multiplied into colour, and is resized by the kernel that stores the result. Here it
// is handed to that kernel, part by part.

import type { PreparedPlan } from "../gpu/executor.js";
import type { AlphaForm } from "../ops/picture.kernels.js";
import type { StepPixels } from "../ops/pixels.js";
import type { Border, PackedRows, Rectangle } from "../ops/region.js";
import { type ResizeTaps, resizeTaps } from "../ops/resize.js";
import type { Extent, TargetChoice } from "../plan/picture-buffers.js";
import { tapsRectangle, tapTables } from "../plan/resize-plan.js";
import type { PassAlpha } from "./network-pass.js";
import { ArraySource, packedRows } from "./pixel-source.js";

/** Nothing at hand: what kernels without alpha are told of it. */
export const NO_ROWS: PackedRows = { x: 0, y: 0, width: 0, height: 0, pitch: 0, offset: 0 };

/** Alpha on the CPU. */
export class AlphaSource implements PassAlpha {
  readonly texture = undefined;
  readonly border: Border;
  readonly #source: ArraySource;
  readonly #x: ResizeTaps;
  readonly #y: ResizeTaps;

  /** `alpha` is gray, and is resized to `to`, bicubic and antialiased. */
  constructor(
    private readonly alpha: StepPixels,
    private readonly to: Extent,
    wraps: boolean,
  ) {
    this.border = wraps ? "wrap" : "repeat";
    this.#source = new ArraySource(alpha);
    this.#x = resizeTaps("bicubic", true, alpha.width, to.width, wraps);
    this.#y = resizeTaps("bicubic", true, alpha.height, to.height, wraps);
  }

  /** How a target's plan names it. */
  get choice(): Pick<TargetChoice, "alpha" | "alphaSource"> {
    const { width, height, bits } = this.alpha;
    const alpha: AlphaForm = { kind: "packed", bits, taps: { x: this.#x.count, y: this.#y.count } };
    const alphaSource = { width, height, scaleX: this.to.width / width, scaleY: this.to.height / height };
    return { alpha, alphaSource };
  }

  /** Uploads what `window` of the result needs, and says which pixels of the alpha these are. */
  async upload(prepared: PreparedPlan, window: Rectangle): Promise<PackedRows> {
    const part = tapsRectangle(this.#x, this.#y, window);
    prepared.write("alpha-in", await this.#source.pack(part));
    prepared.write("alpha-tables", tapTables(this.#x, this.#y, window));
    return packedRows(part, { channels: 1, bits: this.alpha.bits });
  }
}

/** The alpha of a texture, as a whole on the GPU. */
export class TextureAlphaSource implements PassAlpha {
  readonly border: Border;
  readonly #x: ResizeTaps;
  readonly #y: ResizeTaps;

  constructor(
    readonly texture: GPUTextureView,
    private readonly from: Extent,
    private readonly to: Extent,
    private readonly bits: 8 | 16,
    wraps: boolean,
  ) {
    this.border = wraps ? "wrap" : "repeat";
    this.#x = resizeTaps("bicubic", true, from.width, to.width, wraps);
    this.#y = resizeTaps("bicubic", true, from.height, to.height, wraps);
  }

  /** How a target's plan names it. */
  get choice(): Pick<TargetChoice, "alpha" | "alphaSource"> {
    return textureAlphaChoice(this.from, this.to, this.bits, this.border === "wrap");
  }

  async upload(prepared: PreparedPlan, window: Rectangle): Promise<PackedRows> {
    prepared.write("alpha-tables", tapTables(this.#x, this.#y, window));
    return { x: 0, y: 0, ...this.from, pitch: 0, offset: 0 };
  }
}

/** How the alpha of a texture of `from` is stored beside a result of `to`. */
export function textureAlphaChoice(
  { width, height }: Extent,
  to: Extent,
  bits: 8 | 16,
  wraps: boolean,
): Pick<TargetChoice, "alpha" | "alphaSource"> {
  const count = (from: number, length: number) => resizeTaps("bicubic", true, from, length, wraps).count;
  const alpha: AlphaForm = { kind: "texture", bits, taps: { x: count(width, to.width), y: count(height, to.height) } };
  return { alpha, alphaSource: { width, height, scaleX: to.width / width, scaleY: to.height / height } };
}
