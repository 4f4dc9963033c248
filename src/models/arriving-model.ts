// Owns making a model of a weight file while it comes: what is wrong with it is found as soon as its bytes tell, and its network is known from the
// header of a .safetensors file, long before the last weight. The bytes are weights/.

import { EsrganError } from "../errors.js";
import { loadPart } from "../load-part.js";
import { isNotArrived } from "../weights/arriving.js";
import type { BodyBuffer } from "../weights/body-buffer.js";
import { fileNameOf, type Origin, titleOf } from "../weights/byte-source.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import { FORMAT_BYTES, parseWeights, weightFormat } from "../weights/parse-weights.js";
import type { BodyParser } from "../weights/read-bytes.js";
import { ArrivingSafetensors, parseSafetensorsHead, safetensorsHeadLength } from "../weights/safetensors.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { commonNetwork } from "./common-networks.js";
import { withStated } from "./inspect.js";
import type { LoadModelOptions, Model } from "./model.js";
import type { Network } from "./network.js";

/** @internal How a model is loaded by who has a use for it before its weights have come. */
export interface ArrivingLoadOptions extends LoadModelOptions {
  /**
   * Called once the network is known while its weights still come: reading those throws, and whenArrived() waits for them. It is the model that
   * the load gives in the end. Where the bytes turn out wrong and are read anew, it is called once more.
   */
  readonly onArriving?: ((model: Model) => void) | undefined;
}

// An answer that is no weights is refused once this much of it has come: TF.js tells what its files are behind the topology of small networks.
const SNIFFED_BYTES = 65_536;

export class ArrivingModel implements BodyParser<Model> {
  /** Whether all that can be told early was looked at. */
  #isLeft = false;
  #wasSniffed = false;
  #file: ArrivingSafetensors | undefined;
  #model: Model | undefined;

  constructor(
    private readonly origin: Origin,
    private readonly options: ArrivingLoadOptions,
  ) {}

  async look(body: BodyBuffer): Promise<void> {
    if (this.#file) await this.#named(() => doneInTurns(this.#file!.advance(body.length)));
    else if (!this.#isLeft && body.length >= FORMAT_BYTES) await this.#begin(body);
  }

  async parse(bytes: Uint8Array): Promise<Model> {
    const file = this.#file;
    if (!file) {
      await this.#refuseOtherKinds(bytes);
      const weights = await parseWeights(bytes).catch((cause) => this.#refuse(cause));
      return this.#named(() => this.#modelOf(weights, bytes.byteLength));
    }
    return this.#named(() => {
      file.finish(bytes.byteLength);
      return this.#model ?? this.#modelOf(file.map, bytes.byteLength);
    });
  }

  fail(error: unknown): void {
    this.#file?.fail(error);
  }

  async #begin(body: BodyBuffer): Promise<void> {
    const format = weightFormat(body.start(FORMAT_BYTES));
    if (!format && !this.#wasSniffed) {
      if (body.length < SNIFFED_BYTES) return;
      await this.#refuseOtherKinds(body.start(SNIFFED_BYTES));
      this.#wasSniffed = true;
    }
    this.#isLeft = format === "checkpoint";
    if (!this.#isLeft) await this.#named(() => this.#readHead(body));
  }

  async #readHead(body: BodyBuffer): Promise<void> {
    const headLength = safetensorsHeadLength(body.start(FORMAT_BYTES));
    if (body.length < headLength) return;
    const head = parseSafetensorsHead(body.start(headLength));
    const memory = body.reserve(head.byteLength);
    this.#isLeft = memory === undefined;
    if (!memory) return;
    const file = new ArrivingSafetensors(head, memory);
    this.#model = await modelUnlessAsked(() => this.#modelOf(file.map, head.byteLength));
    this.#file = file;
    if (this.#model) this.options.onArriving?.(this.#model);
    await doneInTurns(file.advance(body.length));
  }

  async #modelOf(read: TensorMap, byteLength: number): Promise<Model> {
    const { name, stated } = this.options;
    const weights = stated ? withStated(read, stated) : read;
    const network = commonNetwork(weights) ?? (await otherNetwork(weights));
    const { metadata } = weights;
    return { name: name ?? modelName(this.origin) ?? network.architecture, network, byteLength, metadata };
  }

  async #refuseOtherKinds(bytes: Uint8Array): Promise<void> {
    if (weightFormat(bytes)) return;
    const { refuseOtherKinds } = await loadPart(() => import("../weights/sniff.js"));
    refuseOtherKinds(bytes, titleOf(this.origin).title);
  }

  /** What is wrong with it says of which model. */
  async #named<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      return this.#refuse(cause);
    }
  }

  #refuse(cause: unknown): never {
    const { title, isNamed } = titleOf(this.origin);
    if (!isNamed || !(cause instanceof EsrganError)) throw cause;
    throw new EsrganError(cause.code, `${title} cannot be used: ${cause.message}`, { cause });
  }
}

/** @throws EsrganError as detectNetwork, or "network" where the part with the other networks does not load */
async function otherNetwork(weights: TensorMap): Promise<Network> {
  const { detectNetwork } = await loadPart(() => import("./detect.js"));
  return detectNetwork(weights);
}

/** Undefined for a network that is told by values, which have not come. */
async function modelUnlessAsked(make: () => Promise<Model>): Promise<Model | undefined> {
  try {
    return await make();
  } catch (error) {
    if (isNotArrived(error)) return undefined;
    throw error;
  }
}

/** The last part of a URL or path, without the ending. */
function modelName(origin: Origin): string | undefined {
  if (origin.kind === "blob") return undefined;
  return /([^/\\]+?)(?:\.(?:safetensors|pth|pt))?$/.exec(fileNameOf(origin) ?? "")?.[1];
}
