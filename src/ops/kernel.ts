// Owns what a kernel is to the planner: whole WGSL, what to bind, how many workgroups. Plain data, no GPU.

import {
  type KernelBinding,
  type KernelSource,
  kernelWgsl,
  type MathType,
  PLANES,
  type Storage,
  type SubgroupUse,
  type UniformVectors,
} from "../shaders/kernel.js";
import type { Plane } from "./plane.js";
import type { Traffic } from "./traffic.js";

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
export type KernelArgument =
  | { readonly kind: "planes" }
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "output" }
  | { readonly kind: "picture-in" }
  | { readonly kind: "picture-out" }
  | { readonly kind: "region" }
  | { readonly kind: "tables" }
  | { readonly kind: "alpha-in" }
  | { readonly kind: "alpha-tables" }
  | { readonly kind: "sums" }
  | { readonly kind: "packed-out" }
  | { readonly kind: "overflows" }
  | { readonly kind: "texture-in" }
  | { readonly kind: "texture-out" }
  | { readonly kind: "nothing"; readonly index: number }
  | ConstantArgument;

/** Constant data, or a range of it, which starts at a multiple of 256 bytes. */
export interface ConstantArgument {
  readonly kind: "constant";
  readonly data: ConstantData;
  readonly offset: number;
  readonly byteLength: number;
}

/** How a call may be cut into bands of rows. */
export interface RowTiling {
  /** Rows of the output that a workgroup computes, and which number of workgroups counts them. */
  readonly perGroup: number;
  readonly axis: 1 | 2;
  /** A band begins at a multiple of it, where all that is read has whole rows. */
  readonly multiple: number;
  /** Rows of the output for each row of the input and of the residuals. */
  readonly scales: { readonly src: number; readonly residual0: number; readonly residual1: number };
}

/** One dispatch before memory is assigned. `planes` are the words of the uniform `Planes`, none where it has no tensors. */
export interface KernelCall {
  readonly variant: string;
  readonly code: string;
  readonly bindings: readonly KernelBinding[];
  readonly arguments: readonly KernelArgument[];
  readonly planes: readonly number[];
  readonly workgroups: readonly [number, number, number];
  /** Undefined: it always runs as a whole. */
  readonly rows?: RowTiling | undefined;
  /** Of one workgroup; undefined where it is not counted. */
  readonly traffic?: Traffic | undefined;
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
  /** Of the output, the first input and up to two residuals; left out by kernels without tensors. */
  readonly planes?: readonly PlaneWords[];
  readonly text: readonly string[];
  readonly workgroups: readonly [number, number, number];
  readonly rows?: RowTiling | undefined;
  readonly traffic?: Traffic;
}

/** A plane and the up to three words an operation may add to it. */
export interface PlaneWords {
  readonly plane: Plane;
  readonly aux?: readonly number[];
}

/** Puts a kernel together. */
export function kernelCall(parts: KernelParts): KernelCall {
  const { planes } = parts;
  const bound = [...(planes ? [BOUND_PLANES] : []), ...parts.bind];
  const bindings = bound.map(([binding]) => binding);
  return {
    variant: parts.variant,
    code: kernelWgsl({
      storage: parts.storage,
      math: parts.math ?? "f32",
      subgroups: parts.subgroups ?? "none",
      constants: parts.constants ?? {},
      bindings,
      text: parts.text,
    }),
    bindings,
    arguments: bound.map(([, argument]) => argument),
    planes: planes ? planeWords(planes) : [],
    workgroups: parts.workgroups,
    rows: parts.rows,
    traffic: parts.traffic,
  };
}

const BOUND_PLANES = [PLANES, { kind: "planes" }] as const satisfies readonly [KernelBinding, KernelArgument];

/** The output's binding. */
export const OUTPUT = [
  { name: "dst", access: "read_write", type: "array<Block>" },
  { kind: "output" },
] as const satisfies readonly [KernelBinding, KernelArgument];

/** The binding of input `index` under `name`. */
export function input(name: string, index: number, tensor: KernelTensor): readonly [KernelBinding, KernelArgument] {
  return [
    { name, access: tensor.access, type: "array<Block>" },
    { kind: "input", index },
  ];
}

/** The binding of an operand that a pipeline has room for and a dispatch does without, number `index` of these. */
export function nothing(name: string, index: number): readonly [KernelBinding, KernelArgument] {
  return [
    { name, access: "read_write", type: "array<Block>" },
    { kind: "nothing", index },
  ];
}

/** The binding of data that never changes. */
export function constant(
  name: string,
  type: (KernelBinding & { access: "read" })["type"],
  data: ConstantData,
): readonly [KernelBinding, KernelArgument] {
  return [
    { name, access: "read", type },
    { kind: "constant", data, offset: 0, byteLength: data.byteLength },
  ];
}

/** The binding of a range of such data as a uniform. */
export function uniformConstant(
  name: string,
  type: UniformVectors,
  data: ConstantData,
  range: { readonly offset: number; readonly byteLength: number },
): readonly [KernelBinding, KernelArgument] {
  return [
    { name, access: "uniform", type },
    { kind: "constant", data, offset: range.offset, byteLength: range.byteLength },
  ];
}

/** Workgroups that cover `x` by `y` by `z` invocations. */
export function cover(x: number, y: number, z: number, groupX: number, groupY: number): [number, number, number] {
  return [Math.ceil(x / groupX), Math.ceil(y / groupY), z];
}

// The uniform holds four planes of eight words each, then the window.
const PLANE_WORDS = 8;
const PLANE_COUNT = 4;
const WINDOW_WORDS = 4;
const HEIGHT_WORD = 1;
const PITCH_WORD = 2;
const ORIGIN_WORD = 4;

/** The planes of the uniform, in order. */
export const PLANE_NAMES = ["dst", "src", "residual0", "residual1"] as const;

export type PlaneName = (typeof PLANE_NAMES)[number];

/** Words of a kernel's planes, moved: that plane starts `by` blocks (for a picture: pixels) later. */
export function withOrigin(words: readonly number[], name: PlaneName, by: number): number[] {
  return withWord(words, name, ORIGIN_WORD, (origin) => origin + by);
}

/** Words of a kernel's planes, with so many rows of that plane. */
export function withRows(words: readonly number[], name: PlaneName, rows: number): number[] {
  return withWord(words, name, HEIGHT_WORD, () => rows);
}

function withWord(
  words: readonly number[],
  name: PlaneName,
  word: number,
  change: (before: number) => number,
): number[] {
  const at = PLANE_NAMES.indexOf(name) * PLANE_WORDS + word;
  return words.map((value, i) => (i === at ? change(value) : value));
}

/** A word of a plane of the uniform. */
export function planeWord(words: readonly number[], name: PlaneName, word: "height" | "pitch" | "origin"): number {
  return words[
    PLANE_NAMES.indexOf(name) * PLANE_WORDS + { height: HEIGHT_WORD, pitch: PITCH_WORD, origin: ORIGIN_WORD }[word]
  ]!;
}

/** What storePixel keeps, as withWindow gave it. */
export function windowOf(words: readonly number[]): [number, number, number, number] {
  return words.slice(PLANE_WORDS * PLANE_COUNT) as [number, number, number, number];
}

/** Words of a kernel's planes with the window that storePixel keeps: left, top, right, bottom. */
export function withWindow(words: readonly number[], window: readonly [number, number, number, number]): number[] {
  return [...words.slice(0, PLANE_WORDS * PLANE_COUNT), ...window];
}

function planeWords(planes: readonly PlaneWords[]): number[] {
  const words = new Array<number>(PLANE_WORDS * PLANE_COUNT + WINDOW_WORDS).fill(0);
  planes.forEach(({ plane, aux = [] }, index) => {
    const { width, height, pitch, size, origin } = plane;
    [width, height, pitch, size, origin, ...aux].forEach((word, at) => {
      words[index * PLANE_WORDS + at] = word;
    });
  });
  return words;
}
