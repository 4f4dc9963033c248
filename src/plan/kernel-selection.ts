// Owns which kernels a network gets on one device: what was measured there, else the table of devices, without those that the device
// refused. Pure.

import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { chooseConv } from "./choose-kernel.js";
import type { ConvChooser } from "./plan-convs.js";
import type { RefusedKernels } from "./refused-kernels.js";
import type { TunedChooser } from "./tuning.js";

/** The part of a PlanRequest that selects kernels. */
export interface KernelSelection {
  readonly chooseConv?: ConvChooser | undefined;
  readonly kernelReason?: ((ofTable: string) => string) | undefined;
}

export function selectKernels(
  device: DeviceCapabilities,
  storage: Storage,
  tuned: TunedChooser | undefined,
  refused: RefusedKernels,
): KernelSelection {
  return {
    chooseConv(form, flops) {
      const isRefused = (variant: ReturnType<typeof chooseConv>) => refused.has({ variant, form, storage });
      const measured = tuned?.(form);
      if (measured && !isRefused(measured)) return measured;
      return chooseConv(device, form, storage, flops, isRefused);
    },
    kernelReason: (ofTable) => [tuned ? "as measured on this device" : ofTable, ...refused.reasons(storage)].join("; "),
  };
}
