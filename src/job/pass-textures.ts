// Owns what is bound for the textures that a pass is given: checked before anything is recorded, made once for each pair of textures
// and kept for as long as both are there.

import { EsrganError } from "../errors.js";
import type { BoundPictures, PreparedPlan } from "../gpu/executor.js";
import { type ChosenTexture, chosenTexture, type TextureSlice, viewOf, wholeOf } from "../gpu/texture-checks.js";
import type { TextureCopy } from "../gpu/texture-copy.js";
import { OUTPUT_USAGE, type TextureOutput } from "../gpu/texture-output.js";
import type { TransparencyFill } from "../gpu/transparency-fill.js";
import { requireOptions } from "../options.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import type { RunnablePlan } from "../plan/runnable-plan.js";
import type { PassRequest } from "./pass-options.js";
import type { PassPlan } from "./pass-plan.js";

/** What is read: a texture, one level and layer of it, or an external texture, which must be recorded and submitted in its task. */
export type PassInput = TextureSlice | GPUExternalTexture;

/** A pass's own objects on the device. */
export interface PassParts<P extends RunnablePlan = ExecutionPlan> {
  readonly prepared: PreparedPlan<P>;
  readonly output: TextureOutput;
  readonly copy: TextureCopy | undefined;
  /** Of the copy, where alpha is stored. */
  readonly fill: TransparencyFill | undefined;
}

/** What one recording needs of its textures. */
export interface BoundTextures {
  readonly pictures: BoundPictures;
  readonly target: ChosenTexture;
  /** What the copy of the input is recorded with, where there is one. */
  readonly copying: GPUBindGroup | undefined;
}

const SLICE_OPTIONS = ["texture", "mipLevel", "arrayLayer"];

export class PassTextures {
  readonly #copies = new ByTexture<GPUBindGroup>();
  readonly #pictures = new ByTexture<ByTexture<BoundPictures>>();

  constructor(
    private readonly request: Pick<PassRequest, "width" | "height" | "input" | "output">,
    private readonly plan: Pick<PassPlan, "size" | "store">,
    private readonly parts: PassParts<RunnablePlan>,
  ) {}

  /** @throws EsrganError "bad-input" naming what came and what was wanted */
  bind(input: PassInput, output: TextureSlice): BoundTextures {
    const { copy, output: store } = this.parts;
    const { width, height } = this.plan.size;
    const usage = OUTPUT_USAGE[this.plan.store.usage];
    const target = checked(output, { name: "The output", format: this.request.output, usage, width, height });
    const stored = store.storedFor(target);
    if (this.request.input === "external") {
      return { pictures: this.#bound(externalOf(input), viewOf(stored)), target, copying: undefined };
    }
    const { width: wide, height: high, input: format } = this.request;
    const wanted = { name: "The input", format, usage: "textureBinding", width: wide, height: high } as const;
    const source = checked(input as TextureSlice, wanted);
    const copying = copy && this.#copies.of(source, () => copy.bind(viewOf(source)));
    const read = copy ? wholeOf(copy.texture) : source;
    const pictures = this.#pictures
      .of(read, () => new ByTexture())
      .of(stored, () => this.#bound(viewOf(read), viewOf(stored)));
    return { pictures, target, copying };
  }

  #bound(source: GPUBindingResource, stored: GPUTextureView): BoundPictures {
    return this.parts.prepared.bindPictures({ "texture-in": source, "texture-out": stored });
  }
}

/** Things that belong to a level and layer of a texture, for as long as the texture is referenced. */
class ByTexture<T> {
  readonly #found = new WeakMap<GPUTexture, Map<string, T>>();

  of({ texture, mipLevel, arrayLayer }: ChosenTexture, make: () => T): T {
    const ofTexture = this.#found.get(texture) ?? new Map<string, T>();
    this.#found.set(texture, ofTexture);
    const key = `${mipLevel} ${arrayLayer}`;
    const found = ofTexture.get(key) ?? make();
    ofTexture.set(key, found);
    return found;
  }
}

function checked(slice: TextureSlice, wanted: Parameters<typeof chosenTexture>[1]): ChosenTexture {
  const chosen = chosenTexture(slice, wanted);
  if (slice !== chosen.texture) requireOptions(slice, SLICE_OPTIONS, wanted.name);
  return chosen;
}

function externalOf(input: PassInput): GPUExternalTexture {
  if (Object.prototype.toString.call(input) === "[object GPUExternalTexture]") return input as GPUExternalTexture;
  throw new EsrganError("bad-input", "The input must be a GPUExternalTexture, as the pass was made for one");
}

/** @throws EsrganError "bad-input" */
export function requireEncoder(encoder: GPUCommandEncoder): void {
  if (typeof encoder?.beginComputePass === "function") return;
  const got = Object.prototype.toString.call(encoder).slice(8, -1);
  throw new EsrganError("bad-input", `The encoder must be a GPUCommandEncoder, got ${got}`);
}
