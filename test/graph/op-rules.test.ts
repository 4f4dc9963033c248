// What the table of operations says against what their references do.

import { describe, expect, it } from "vitest";
import { runReference } from "../../src/graph/op-references.js";
import { OP_RULES, type OpAttributes, type OpName, ruleOf } from "../../src/graph/op-rules.js";
import { tensor } from "../../src/ops/tensor.js";
import { randomParameter, randomTensor, seededRandom } from "../cases/random.js";

const parameter = (shape: readonly number[]) => randomParameter(seededRandom(7), "p", shape);
const conv = (kernel: number) => ({
  weight: parameter([5, 4, kernel, kernel]),
  activation: { kind: "none" } as const,
});

/** Calls of each operation on inputs of 4 channels, 24 pixels wide. */
const CALLS: { readonly [K in OpName]: readonly OpAttributes[K][] } = {
  conv2d: [
    conv(1),
    conv(3),
    conv(5),
    { ...conv(3), padding: "replicate" },
    { ...conv(5), padding: "valid" },
    { ...conv(3), grow: 2 },
  ],
  "conv-transpose2d": [
    [9, 2, 4],
    [9, 3, 3],
    [9, 4, 4],
    [3, 1, 1],
  ].map(([kernel, stride, offset]) => ({
    weight: parameter([4, 5, kernel!, kernel!]),
    stride: stride!,
    offset: offset!,
  })),
  "leaky-relu": [{ slope: 0.2 }],
  prelu: [{ slopes: parameter([4]) }],
  activate: [{ kind: "tanh" }, { kind: "sigmoid" }],
  "concat-channels": [{}],
  "scaled-add": [{ alpha: 0.5 }],
  "pixel-shuffle": [
    { factor: 2, order: "pytorch" },
    { factor: 2, order: "tensorflow", cut: [3, 1] },
  ],
  "pixel-unshuffle": [
    { factor: 2, order: "pytorch" },
    { factor: 4, order: "tensorflow" },
  ],
  "upsample-nearest": [{ factor: 2 }, { factor: 3 }],
  resize: [2, 1.5, 1 / 2, 1 / 3].flatMap((factor) => [
    { mode: "bilinear" as const, antialias: true, factor },
    { mode: "bicubic" as const, antialias: false, factor },
    { mode: "imresize" as const, antialias: true, factor },
  ]),
};

const WIDTH = 24;
const ROWS: [op: OpName, attributes: OpAttributes[OpName]][] = (Object.keys(CALLS) as OpName[]).flatMap((op) =>
  CALLS[op].map((attributes): [OpName, OpAttributes[OpName]] => [op, attributes]),
);

describe.each(ROWS)("%s %o", (op, attributes) => {
  const rule = ruleOf({ op });
  const count = { one: 1, two: 2, many: 3 }[rule.arity];
  const inputs = Array.from({ length: count }, (_, index) =>
    randomTensor(seededRandom(index), { channels: 4, height: 12, width: WIDTH }),
  );
  const before = runReference(rule.op, inputs, attributes);

  it("makes the channels and the size that it says", () => {
    const form = { name: "x", channels: 4, scale: 0.5, margin: 6 };
    const [first, ...others] = inputs.map(() => form);
    expect(rule.misfit([first!, ...others], attributes)).toBeUndefined();
    const { channels, scale, margin } = rule.output([first!, ...others], attributes);
    expect(channels).toBe(before.channels);
    const width = (WIDTH - 2 * form.margin) / form.scale;
    expect(width * scale + 2 * margin).toBeCloseTo(before.width, 10);
  });

  it("reads the pixels that it says, of each input", () => {
    for (const index of inputs.keys()) {
      const seen = new Map<number, number[]>();
      for (let column = 0; column < WIDTH; column++) {
        const changed = inputs.map((input, i) =>
          i === index
            ? tensor(
                input,
                input.data.map((v, at) => (at % WIDTH === column ? v + 1 : v)),
              )
            : input,
        );
        runReference(rule.op, changed, attributes).data.forEach((value, at) => {
          if (value === before.data[at]) return;
          const x = at % before.width;
          seen.set(x, [...(seen.get(x) ?? []), column]);
        });
      }
      // In the middle, where no border is seen.
      for (let x = Math.floor(before.width * 0.4); x < before.width * 0.6; x++) {
        const columns = seen.get(x)!;
        const span = { first: Math.min(...columns), last: Math.max(...columns) };
        expect(rule.reads({ first: x, last: x }, attributes), `column ${x}`).toEqual(span);
      }
    }
  });
});

it("every operation is by its name", () => {
  for (const [name, { op }] of Object.entries(OP_RULES)) expect(op.name).toBe(name);
});
