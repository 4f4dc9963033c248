import { type AdapterInfo } from "./driver-trial.js";
export type { AdapterInfo };
export interface OpenDeviceOptions {
    /** Part of an adapter's name, in any case: "swiftshader", "lavapipe", "nvidia". Default: the fastest kind that works. */
    adapter?: string;
    /** Considers only adapters that have these features, for example ["shader-f16"]; the device has them too. */
    features?: readonly GPUFeatureName[];
    /** Options for Dawn itself, for example "disable-dawn-features=timestamp_quantization". */
    dawnOptions?: readonly string[];
}
export interface OpenedDevice {
    readonly device: GPUDevice;
    readonly adapter: GPUAdapter;
    readonly name: string;
    readonly info: AdapterInfo;
    /** Destroys the device and lets Dawn go. */
    destroy(): void;
}
/**
 * Every adapter that works on this machine, the preferred one first: real GPUs, then Mesa's lavapipe, then SwiftShader, which
 * took three times as long for the default model and lacks f16.
 * @throws EsrganError "unsupported-device" if the package webgpu is not installed
 */
export declare function listAdapters(): Promise<AdapterInfo[]>;
/** Whether a person who writes `wish` means this adapter. */
export declare function isNamed(info: AdapterInfo, wish: string): boolean;
/**
 * Opens a device on the preferred adapter, or on the one that is named, with the features and limits that the library can use.
 * @throws EsrganError "unsupported-device" if there is no such adapter
 */
export declare function openDevice(options?: OpenDeviceOptions): Promise<OpenedDevice>;
