import { type ConvForm, type ConvVariant } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
/** Measured choices: plain data, to be kept as JSON and passed back in. */
export interface TuningTable {
    readonly version: 1;
    /** The device and storage it was measured with; it serves no others. */
    readonly device: string;
    readonly storage: Storage;
    /** None for software adapters, which take the built-in choices. */
    readonly choices: readonly TunedChoice[];
}
export interface TunedChoice {
    readonly form: ConvForm;
    readonly variant: ConvVariant;
    /** What was measured, best first. */
    readonly measured: readonly TunedMeasurement[];
}
export interface TunedMeasurement {
    readonly variant: ConvVariant;
    /** Median milliseconds of one dispatch, or why there is none. */
    readonly ms: number | undefined;
    readonly refused?: string;
}
/** The device as a tuning table names it. */
export declare function deviceName({ vendor, architecture, description }: DeviceCapabilities): string;
/** Every variant of the table of devices that this one can run, each once. */
export declare function candidates(device: DeviceCapabilities, form: ConvForm, storage: Storage): ConvVariant[];
/**
 * Looks choices up in `table`; undefined where it holds none.
 * @throws EsrganError "bad-input" if it is no tuning table, or one of another device or storage
 */
export declare function tunedChooser(table: TuningTable, device: DeviceCapabilities, storage: Storage): ((form: ConvForm) => ConvVariant | undefined) | undefined;
