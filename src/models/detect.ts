// Owns the table of networks, and the choice of one from tensor names and shapes alone. A part by itself: see common-networks.ts.

import { EsrganError } from "../errors.js";
import { printableName } from "../weights/printable-name.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { COMMON_NETWORKS, type Detection } from "./common-networks.js";
import { edsr, isEdsr } from "./edsr.js";
import { espcn, isEspcn } from "./espcn.js";
import { fsrcnn, isFsrcnn } from "./fsrcnn.js";
import { normalizeKeys } from "./key-layouts.js";
import type { Network } from "./network.js";
import { LAYOUTS } from "./other-layouts.js";
import { otherNetwork } from "./other-networks.js";
import { isRdn, rdn } from "./rdn.js";
import { isRrdn, rrdn } from "./rrdn.js";
import { isSrcnn, srcnn } from "./srcnn.js";
import { isMsrresnet, isSrgan, isSrresnet, msrresnet, srgan, srresnet } from "./srresnet.js";
import { isVdsr, vdsr } from "./vdsr.js";

/** In the order in which they are asked for. */
const NETWORKS = {
  rrdbnet: COMMON_NETWORKS.rrdbnet,
  rrdn: { name: "RRDN", is: isRrdn, build: rrdn },
  rdn: { name: "RDN", is: isRdn, build: rdn },
  compact: COMMON_NETWORKS.compact,
  srcnn: { name: "SRCNN", is: isSrcnn, build: srcnn },
  fsrcnn: { name: "FSRCNN", is: isFsrcnn, build: fsrcnn },
  espcn: { name: "ESPCN", is: isEspcn, build: espcn },
  vdsr: { name: "VDSR", is: isVdsr, build: vdsr },
  srresnet: { name: "SRResNet", is: isSrresnet, build: srresnet },
  srgan: { name: "SRGAN", is: isSrgan, build: srgan },
  msrresnet: { name: "MSRResNet", is: isMsrresnet, build: msrresnet },
  edsr: { name: "EDSR", is: isEdsr, build: edsr },
} satisfies Readonly<Record<string, Detection>>;

/** What a model is; an interpolation is no network, and has no weights to be told by. */
export type Architecture = keyof typeof NETWORKS | "interpolation";

/**
 * The network `map` holds the weights of, in any key layout.
 * @throws EsrganError "unsupported-model" saying what was found and what is supported; "bad-weights" where it is one of
 *   those but a tensor does not fit
 */
export function detectNetwork(map: TensorMap): Network {
  const other = otherNetwork(map);
  if (other) throw unsupported(`The weights are those of ${other}, which is not supported`);
  const normalized = normalizeKeys(map, LAYOUTS);
  const networks: readonly Detection[] = Object.values(NETWORKS);
  const detected = networks.find((each) => each.is(normalized));
  if (detected) return detected.build(normalized);
  const names = [...map.tensors.keys()];
  const found =
    names.length === 0
      ? "The weights hold no tensors"
      : `The weights hold ${names.length} tensors (${names.slice(0, 3).map(printableName).join(", ")}, ...) of a network that is not known`;
  throw unsupported(found);
}

function unsupported(found: string): EsrganError {
  const supported = Object.values(NETWORKS).map(({ name }) => name);
  const list = `${supported.slice(0, -1).join(", ")} and ${supported.at(-1)}`;
  return new EsrganError("unsupported-model", `${found}; supported are ${list}`);
}
