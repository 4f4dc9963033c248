// Owns how a shader becomes whole WGSL: a typed preamble of constants, bindings and storage functions before its text.
// Which kernel runs, and with what numbers, is not here.
import { layoutWgsl } from "./layout.wgsl.js";
export const BLOCK_BYTES = { f32: 16, f16: 8, "packed-f16": 8 };
/** Every kernel's first binding, which says where the planes of its tensors lie. */
export const PLANES = { name: "planes", access: "uniform", type: "Planes" };
/** Whole WGSL: preamble, bindings `0..n` of group 0 in order, then the text. */
export function kernelWgsl(source) {
    const constants = Object.entries(source.constants).map(([name, value]) => "u32" in value ? `const ${name} = ${value.u32}u;` : `const ${name} = ${floatLiteral(value.f32)};`);
    const bindings = source.bindings.map(({ name, access, type }, index) => {
        const space = access === "uniform" ? "uniform" : `storage, ${access}`;
        return `@group(0) @binding(${index}) var<${space}> ${name}: ${type};`;
    });
    return [
        ...(source.storage === "f16" ? ["enable f16;"] : []),
        ...(source.subgroups !== "none" ? ["enable subgroups;"] : []),
        ...(source.subgroups === "pinned" ? ["enable subgroup_size_control;"] : []),
        STORAGE_WGSL[source.storage],
        MATH_WGSL[source.math],
        layoutWgsl,
        ...constants,
        ...bindings,
        ...source.text,
    ].join("\n");
}
function floatLiteral(value) {
    const text = String(Math.fround(value));
    return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}
const MATH_WGSL = {
    f32: /* wgsl */ `
alias Math = vec4f;
fn toMath(stored: Block) -> Math { return toFloats(stored); }`,
    f16: /* wgsl */ `
alias Math = vec4<f16>;
fn toMath(stored: Block) -> Math { return stored; }`,
};
const STORAGE_WGSL = {
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
