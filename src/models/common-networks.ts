// Owns the networks that nearly all models are, which every page has at hand. The others, and the table of all of them, are detect.ts.

import type { TensorMap } from "../weights/tensor-map.js";
import { compact, isCompact } from "./compact.js";
import { normalizeKeys } from "./key-layouts.js";
import type { Network } from "./network.js";
import { isRrdbNet, rrdbNet } from "./rrdbnet.js";

/** How a network is told by its weights. */
export interface Detection {
  /** What errors call it. */
  readonly name: string;
  /** Whether tensors under Real-ESRGAN's names are this network's, as far as names and dimensions tell. */
  is(map: TensorMap): boolean;
  /** @throws EsrganError "bad-weights" or "unsupported-model" where a tensor does not fit after all */
  build(map: TensorMap): Network;
}

export const COMMON_NETWORKS = {
  rrdbnet: { name: "RRDBNet (ESRGAN, Real-ESRGAN, ESRGAN+)", is: isRrdbNet, build: rrdbNet },
  compact: { name: "SRVGGNetCompact", is: isCompact, build: compact },
} satisfies Readonly<Record<string, Detection>>;

/**
 * The network `map` holds the weights of, in any key layout; undefined where it is none of these.
 * @throws EsrganError "bad-weights" or "unsupported-model" where it is one but a tensor does not fit
 */
export function commonNetwork(map: TensorMap): Network | undefined {
  const normalized = normalizeKeys(map);
  const networks: readonly Detection[] = Object.values(COMMON_NETWORKS);
  return networks.find((each) => each.is(normalized))?.build(normalized);
}
