import { type KernelBinding, type KernelSource, type MathType, type Storage, type SubgroupUse } from "../shaders/kernel.js";
import type { Plane } from "./plane.js";
/** A tensor as a kernel sees it. A tensor that shares its buffer with the output must be bound "read_write". */
export interface KernelTensor {
    readonly plane: Plane;
    readonly channels: number;
    readonly access: "read" | "read_write";
}
/** Data that never changes, uploaded once: packed weights, slopes, tables. The same key means the same data. */
export interface ConstantData {
    readonly key: string;
    readonly byteLength: number;
    pack(): ArrayBufferView<ArrayBuffer>;
}
/** What stands behind a binding. */
export type KernelArgument = {
    readonly kind: "planes";
} | {
    readonly kind: "input";
    readonly index: number;
} | {
    readonly kind: "output";
} | {
    readonly kind: "picture-in";
} | {
    readonly kind: "picture-out";
} | {
    readonly kind: "tables";
} | {
    readonly kind: "nothing";
    readonly index: number;
} | {
    readonly kind: "constant";
    readonly data: ConstantData;
};
/** One dispatch before memory is assigned. `planes` are the words of the uniform `Planes`. */
export interface KernelCall {
    readonly variant: string;
    readonly code: string;
    readonly bindings: readonly KernelBinding[];
    readonly arguments: readonly KernelArgument[];
    readonly planes: readonly number[];
    readonly workgroups: readonly [number, number, number];
}
export interface KernelParts {
    readonly variant: string;
    readonly storage: Storage;
    /** "f32" by default. */
    readonly math?: MathType;
    /** "none" by default. */
    readonly subgroups?: SubgroupUse;
    readonly constants?: KernelSource["constants"];
    /** In binding order, after the planes. */
    readonly bind: readonly (readonly [KernelBinding, KernelArgument])[];
    readonly planes: readonly PlaneWords[];
    readonly text: readonly string[];
    readonly workgroups: readonly [number, number, number];
}
/** A plane and the up to three words an operation may add to it. */
export interface PlaneWords {
    readonly plane: Plane;
    readonly aux?: readonly number[];
}
/** Puts a kernel together. */
export declare function kernelCall(parts: KernelParts): KernelCall;
/** The output's binding. */
export declare const OUTPUT: readonly [{
    readonly name: "dst";
    readonly access: "read_write";
    readonly type: "array<Block>";
}, {
    readonly kind: "output";
}];
/** The binding of the packed picture that is read. */
export declare const PICTURE_IN: readonly [{
    readonly name: "picture";
    readonly access: "read";
    readonly type: "array<u32>";
}, {
    readonly kind: "picture-in";
}];
/** The binding of the packed picture that is written, behind its header. */
export declare const PICTURE_OUT: readonly [{
    readonly name: "pixels";
    readonly access: "read_write";
    readonly type: "array<u32>";
}, {
    readonly kind: "picture-out";
}];
/** The binding of numbers that change from run to run. */
export declare const TABLES: readonly [{
    readonly name: "taps";
    readonly access: "read";
    readonly type: "array<f32>";
}, {
    readonly kind: "tables";
}];
/** The binding of input `index` under `name`. */
export declare function input(name: string, index: number, tensor: KernelTensor): readonly [KernelBinding, KernelArgument];
/** The binding of an operand that a pipeline has room for and a dispatch does without, number `index` of these. */
export declare function nothing(name: string, index: number): readonly [KernelBinding, KernelArgument];
/** The binding of data that never changes. */
export declare function constant(name: string, type: KernelBinding["type"], data: ConstantData): readonly [KernelBinding, KernelArgument];
/** Workgroups that cover `x` by `y` by `z` invocations. */
export declare function cover(x: number, y: number, z: number, groupX: number, groupY: number): [number, number, number];
/** Words of a kernel's planes, moved: plane `index` starts `by` blocks (for a picture: pixels) later. */
export declare function withOrigin(words: readonly number[], index: number, by: number): number[];
/** Words of a kernel's planes with the window that storePixel keeps: left, top, right, bottom. */
export declare function withWindow(words: readonly number[], window: readonly [number, number, number, number]): number[];
