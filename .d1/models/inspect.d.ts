import type { TensorMap } from "../weights/tensor-map.js";
/** The shape of tensor `name`, which must have `rank` dimensions. */
export declare function shapeOf(map: TensorMap, name: string, rank: number): readonly number[];
/** How many of `name(0)`, `name(1)`, ... there are, counted from `first` until the first that is missing. */
export declare function countFrom(map: TensorMap, first: number, name: (index: number) => string): number;
/** @throws EsrganError "bad-weights" naming tensors that the network has no place for */
export declare function refuseUnused(map: TensorMap, used: ReadonlySet<string>, network: string): void;
/** 1 or 3, or a refusal. */
export declare function pictureChannels(channels: number, name: string): 1 | 3;
/** The metadata's whole number `name`, if there is one. */
export declare function metadataInteger(map: TensorMap, name: string): number | undefined;
