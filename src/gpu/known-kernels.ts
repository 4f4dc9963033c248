// Owns what is known of the kernels on a device, for all who use it: which it refused, and which were found right.

import { RefusedKernels } from "../plan/refused-kernels.js";

export interface KnownKernels {
  readonly refused: RefusedKernels;
  /** Keys of those whose results were right. */
  readonly checked: Set<string>;
}

const known = new WeakMap<GPUDevice, KnownKernels>();

export function knownKernels(device: GPUDevice): KnownKernels {
  const found = known.get(device) ?? { refused: new RefusedKernels(), checked: new Set() };
  known.set(device, found);
  return found;
}
