// Owns how a shader becomes whole WGSL: a typed preamble of constants, bindings and storage functions before its text.
// Which kernel runs, and with what numbers, is not here.

import { layoutWgsl } from "./layout.wgsl.js";

/**
 * How a channel block is stored: four f32; four f16 (feature "shader-f16"); or four halves in two u32 where there is no
 * such feature.
 */
export type Storage = "f32" | "f16" | "packed-f16";

export const BLOCK_BYTES: { readonly [S in Storage]: number } = { f32: 16, f16: 8, "packed-f16": 8 };

/** What a binding is: uniforms, channel blocks, plain f32 vectors, halves or u32 words, or a texture that is read or stored to. */
export type KernelBinding =
  | { readonly name: string; readonly access: "uniform"; readonly type: "Planes" | "Region" | UniformVectors }
  | {
      readonly name: string;
      readonly access: "read" | "read_write";
      readonly type:
        | "array<Block>"
        | "array<vec4f>"
        | "array<f16>"
        | "array<u32>"
        | "array<f32>"
        | "array<i32>"
        | "array<atomic<u32>>";
    }
  | { readonly name: string; readonly access: "texture"; readonly type: "texture_2d<f32>" }
  | { readonly name: string; readonly access: "external"; readonly type: "texture_external" }
  | { readonly name: string; readonly access: "store"; readonly type: `texture_storage_2d<${string}, write>` };

/** Rows of vectors of 16 bytes: all that an array in a uniform may hold, in every storage. */
export type UniformVectors = `array<array<vec4${"f" | "u"}, ${number}>, ${number}>`;

/** What products and the sums over few of them are computed in; "f16" needs the storage of that name. */
export type MathType = "f32" | "f16";

/** Whether the text has subgroup operations, pins the size of subgroups, or does that for their matrices. */
export type SubgroupUse = "none" | "used" | "pinned" | "matrices";

export interface KernelSource {
  readonly storage: Storage;
  readonly math: MathType;
  readonly subgroups: SubgroupUse;
  readonly constants: Readonly<Record<string, { readonly u32: number } | { readonly f32: number }>>;
  readonly bindings: readonly KernelBinding[];
  /** The shader's text, in order. */
  readonly text: readonly string[];
}

/** Every kernel's first binding, which says where the planes of its tensors lie. */
export const PLANES: KernelBinding = { name: "planes", access: "uniform", type: "Planes" };

/** Whole WGSL: preamble, bindings `0..n` of group 0 in order, then the text. */
export function kernelWgsl(source: KernelSource): string {
  const constants = Object.entries(source.constants).map(([name, value]) =>
    "u32" in value ? `const ${name} = ${value.u32}u;` : `const ${name} = ${floatLiteral(value.f32)};`,
  );
  const bindings = source.bindings.map(({ name, access, type }, index) => {
    return `@group(0) @binding(${index}) var${SPACES[access]} ${name}: ${type};`;
  });
  return [
    ...(source.storage === "f16" ? ["enable f16;"] : []),
    ...(source.subgroups !== "none" ? ["enable subgroups;"] : []),
    ...(source.subgroups === "pinned" || source.subgroups === "matrices" ? ["enable subgroup_size_control;"] : []),
    ...(source.subgroups === "matrices" ? ["enable chromium_experimental_subgroup_matrix;"] : []),
    STORAGE_WGSL[source.storage],
    MATH_WGSL[source.math],
    layoutWgsl,
    ...constants,
    ...bindings,
    ...source.text,
  ].join("\n");
}

const SPACES: { readonly [A in KernelBinding["access"]]: string } = {
  uniform: "<uniform>",
  read: "<storage, read>",
  read_write: "<storage, read_write>",
  texture: "",
  external: "",
  store: "",
};

function floatLiteral(value: number): string {
  const text = String(Math.fround(value));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

const MATH_WGSL: { readonly [M in MathType]: string } = {
  f32: /* wgsl */ `
alias Math = vec4f;
fn toMath(stored: Block) -> Math { return toFloats(stored); }`,
  f16: /* wgsl */ `
alias Math = vec4<f16>;
fn toMath(stored: Block) -> Math { return stored; }`,
};

const STORAGE_WGSL: { readonly [S in Storage]: string } = {
  f32: /* wgsl */ `
alias Block = vec4f;
fn toFloats(stored: Block) -> vec4f { return stored; }
fn toBlock(values: vec4f) -> Block { return values; }`,
  f16: /* wgsl */ `
alias Block = vec4<f16>;
fn toFloats(stored: Block) -> vec4f { return vec4f(stored); }
fn toBlock(values: vec4f) -> Block { return vec4<f16>(values); }`,
  "packed-f16": /* wgsl */ `
alias Block = vec2u;
fn toFloats(stored: Block) -> vec4f { return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y)); }
fn toBlock(values: vec4f) -> Block { return vec2u(pack2x16float(values.xy), pack2x16float(values.zw)); }`,
};
