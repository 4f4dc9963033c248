/**
 * How a channel block is stored: four f32; four f16 (feature "shader-f16"); or four halves in two u32 where there is no
 * such feature.
 */
export type Storage = "f32" | "f16" | "packed-f16";
export declare const BLOCK_BYTES: {
    readonly [S in Storage]: number;
};
/** What a binding is: planes of the picture's extent, channel blocks, plain f32 vectors or u32 words. */
export interface KernelBinding {
    readonly name: string;
    readonly access: "uniform" | "read" | "read_write";
    readonly type: "Planes" | "array<Block>" | "array<vec4f>" | "array<u32>" | "array<f32>" | "array<i32>";
}
/** What products and the sums over few of them are computed in; "f16" needs the storage of that name. */
export type MathType = "f32" | "f16";
/** Whether the text has subgroup operations, or pins the size of subgroups. */
export type SubgroupUse = "none" | "used" | "pinned";
export interface KernelSource {
    readonly storage: Storage;
    readonly math: MathType;
    readonly subgroups: SubgroupUse;
    readonly constants: Readonly<Record<string, {
        readonly u32: number;
    } | {
        readonly f32: number;
    }>>;
    readonly bindings: readonly KernelBinding[];
    /** The shader's text, in order. */
    readonly text: readonly string[];
}
/** Every kernel's first binding, which says where the planes of its tensors lie. */
export declare const PLANES: KernelBinding;
/** Whole WGSL: preamble, bindings `0..n` of group 0 in order, then the text. */
export declare function kernelWgsl(source: KernelSource): string;
