// What the package offers under "esrgan-webgpu/browser": a device of the browser's WebGPU, or one sentence that says why there is none.

import { EsrganError } from "./errors.js";
import { deviceRequirements } from "./gpu/capabilities.js";
import { findAdapter, onlySoftware } from "./gpu/find-adapter.js";
import { requireOptions } from "./options.js";

/** Which device openDevice() looks for. */
export interface OpenDeviceOptions {
  /** By default the browser's choice. */
  readonly powerPreference?: GPUPowerPreference | undefined;
  /** Features that the device must have beside those that the library can use. */
  readonly features?: readonly GPUFeatureName[] | undefined;
  /** Takes an adapter that computes on the CPU where there is no other. False by default: it takes minutes for a photo. */
  readonly allowSoftware?: boolean | undefined;
}

const OPTIONS: readonly (keyof OpenDeviceOptions)[] = ["powerPreference", "features", "allowSoftware"];

/** A device, and what is known of it. */
export interface OpenedDevice {
  /** Yours: what is made on it stays until it is destroyed. */
  readonly device: GPUDevice;
  /** What the device was opened on. */
  readonly adapter: GPUAdapter;
  /** The adapter's name as the browser gives it, which may be its vendor alone. */
  readonly name: string;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
  /** Destroys the device. */
  destroy(): void;
}

/**
 * Opens a device with the features and limits that the library can use. It is the caller's to destroy.
 * @example
 * const { device, name } = await openDevice({ powerPreference: "high-performance" });
 * @throws EsrganError "unsupported-device" saying why there is none: no WebGPU, no HTTPS, no adapter, a GPU on the browser's blocklist, only a
 *   software adapter, or a feature that is missing
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<OpenedDevice> {
  requireOptions(options, OPTIONS, "openDevice");
  const { powerPreference, features = [], allowSoftware = false } = options;
  const found = await findAdapter(powerPreference === undefined ? {} : { powerPreference });
  if (!found.adapter) {
    throw unsupported(found.reason, found.cause === undefined ? {} : { cause: found.cause });
  }
  const { adapter, name, software } = found;
  if (software && !allowSoftware) throw unsupported(`${onlySoftware(name)}: allowSoftware takes it all the same`);
  const missing = features.filter((feature) => !adapter.features.has(feature));
  if (missing.length > 0) throw unsupported(`The adapter ${name} does not offer ${missing.join(" and ")}`);
  const { requiredFeatures, requiredLimits } = deviceRequirements(adapter);
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      requiredFeatures: [...new Set([...requiredFeatures, ...features])],
      requiredLimits,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unsupported(`The adapter ${name} gives no device: ${why}`, { cause });
  }
  return { device, adapter, name, software, destroy: () => device.destroy() };
}

function unsupported(message: string, options?: ErrorOptions): EsrganError {
  return new EsrganError("unsupported-device", message, options);
}
