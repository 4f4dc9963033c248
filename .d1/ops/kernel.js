// Owns what a kernel is to the planner: whole WGSL, what to bind, how many workgroups. Plain data, no GPU.
import { kernelWgsl, PLANES, } from "../shaders/kernel.js";
/** Puts a kernel together. */
export function kernelCall(parts) {
    const bindings = [PLANES, ...parts.bind.map(([binding]) => binding)];
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
        arguments: [{ kind: "planes" }, ...parts.bind.map(([, argument]) => argument)],
        planes: planeWords(parts.planes),
        workgroups: parts.workgroups,
    };
}
/** The output's binding. */
export const OUTPUT = [
    { name: "dst", access: "read_write", type: "array<Block>" },
    { kind: "output" },
];
/** The binding of the packed picture that is read. */
export const PICTURE_IN = [
    { name: "picture", access: "read", type: "array<u32>" },
    { kind: "picture-in" },
];
/** The binding of the packed picture that is written, behind its header. */
export const PICTURE_OUT = [
    { name: "pixels", access: "read_write", type: "array<u32>" },
    { kind: "picture-out" },
];
/** The binding of numbers that change from run to run. */
export const TABLES = [
    { name: "taps", access: "read", type: "array<f32>" },
    { kind: "tables" },
];
/** The binding of input `index` under `name`. */
export function input(name, index, tensor) {
    return [
        { name, access: tensor.access, type: "array<Block>" },
        { kind: "input", index },
    ];
}
/** The binding of an operand that a pipeline has room for and a dispatch does without, number `index` of these. */
export function nothing(name, index) {
    return [
        { name, access: "read_write", type: "array<Block>" },
        { kind: "nothing", index },
    ];
}
/** The binding of data that never changes. */
export function constant(name, type, data) {
    return [
        { name, access: "read", type },
        { kind: "constant", data },
    ];
}
/** Workgroups that cover `x` by `y` by `z` invocations. */
export function cover(x, y, z, groupX, groupY) {
    return [Math.ceil(x / groupX), Math.ceil(y / groupY), z];
}
// The uniform holds four planes of eight words each, then the window.
const PLANE_WORDS = 8;
const PLANE_COUNT = 4;
const WINDOW_WORDS = 4;
const ORIGIN_WORD = 4;
/** Words of a kernel's planes, moved: plane `index` starts `by` blocks (for a picture: pixels) later. */
export function withOrigin(words, index, by) {
    const at = index * PLANE_WORDS + ORIGIN_WORD;
    return words.map((word, i) => (i === at ? word + by : word));
}
/** Words of a kernel's planes with the window that storePixel keeps: left, top, right, bottom. */
export function withWindow(words, window) {
    return [...words.slice(0, PLANE_WORDS * PLANE_COUNT), ...window];
}
function planeWords(planes) {
    const words = new Array(PLANE_WORDS * PLANE_COUNT + WINDOW_WORDS).fill(0);
    planes.forEach(({ plane, aux = [] }, index) => {
        const { width, height, pitch, size, origin } = plane;
        [width, height, pitch, size, origin, ...aux].forEach((word, at) => {
            words[index * PLANE_WORDS + at] = word;
        });
    });
    return words;
}
