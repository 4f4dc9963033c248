// What is written as ONNX, read back by a reader of Protocol Buffers' wire format that knows nothing of the writer.
import { describe, expect, test } from "vitest";
import { type OnnxModel, writeOnnx } from "../../bench/peers/page/onnx.js";
import { onnxNetwork } from "../../bench/peers/page/onnx-network.js";

/** Field number to values: numbers for varints, bytes for the rest. */
type Fields = Map<number, (number | Uint8Array)[]>;

function fieldsOf(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    const number = tag >> 3;
    const length = wireType === 5 ? 4 : wireType === 2 ? varint() : 0;
    if (![0, 2, 5].includes(wireType)) throw new Error(`wire type ${wireType}`);
    const value = wireType === 0 ? varint() : bytes.subarray(at, at + length);
    at += length;
    if (at > bytes.length) throw new Error(`field ${number} is cut off`);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const text = (value: number | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);
const texts = (fields: Fields, number: number) => (fields.get(number) ?? []).map(text);
const message = (fields: Fields, number: number) => fieldsOf(fields.get(number)![0] as Uint8Array);
const messages = (fields: Fields, number: number) =>
  (fields.get(number) ?? []).map((each) => fieldsOf(each as Uint8Array));

const SMALL: OnnxModel = {
  name: "n",
  nodes: [],
  tensors: [],
  inputs: [{ name: "x", shape: [1, 300] }],
  outputs: [],
};

describe("writeOnnx", () => {
  test("gives the bytes that the format's documents say", () => {
    const value = [0x0a, 1, 0x78, 0x12, 15, 0x0a, 13, 0x08, 1, 0x12, 9, 0x0a, 2, 0x08, 1, 0x0a, 3, 0x08, 0xac, 0x02];
    const graph = [0x12, 1, 0x6e, 0x5a, value.length, ...value];
    const producer = [...new TextEncoder().encode("esrgan-webgpu")];
    expect([...writeOnnx(SMALL)]).toEqual([
      ...[0x08, 8, 0x12, producer.length, ...producer],
      ...[0x3a, graph.length, ...graph],
      ...[0x42, 2, 0x10, 17],
    ]);
  });

  test.each([
    ["integer", 300, 3, 300, 2],
    ["integers", [1, 1, 0, 129], 8, [1, 1, 0, 129], 7],
    ["string", "nearest", 4, "nearest", 3],
    ["float", { float: 0.2 }, 2, Math.fround(0.2), 1],
  ])("writes an attribute of type %s", (_, attribute, field, wanted, type) => {
    const node = { op: "Op", inputs: ["a", "", "b"], output: "c", attributes: { key: attribute } };
    const written = messages(message(fieldsOf(writeOnnx({ ...SMALL, nodes: [node] })), 7), 1)[0]!;
    expect([texts(written, 1), texts(written, 2), texts(written, 4)]).toEqual([["a", "", "b"], ["c"], ["Op"]]);
    const fields = message(written, 5);
    const values = fields.get(field)!;
    const got = values.map((value) => {
      if (typeof value === "number") return value;
      return field === 2 ? new DataView(value.slice().buffer).getFloat32(0, true) : text(value);
    });
    expect({ name: text(fields.get(1)![0]), type: fields.get(20), value: got }).toEqual({
      name: "key",
      type: [type],
      value: [wanted].flat(),
    });
  });

  test("writes a tensor's floats as they lie in memory, also where they are part of a larger buffer", () => {
    const data = new Float32Array([9, 1.5, -2, 0.1, 9]).subarray(1, 4);
    const tensor = message(
      message(fieldsOf(writeOnnx({ ...SMALL, tensors: [{ name: "w", shape: [3, 1], data }] })), 7),
      5,
    );
    expect([tensor.get(1), tensor.get(2), text(tensor.get(8)![0])]).toEqual([[3, 1], [1], "w"]);
    expect(new Float32Array((tensor.get(9)![0] as Uint8Array).slice().buffer)).toEqual(data.slice());
  });

  test("writes lengths of more than a byte", () => {
    const data = new Float32Array(5000).fill(1);
    const file = writeOnnx({ ...SMALL, tensors: [{ name: "w", shape: [5000], data }] });
    expect(message(message(fieldsOf(file), 7), 5).get(9)![0]).toHaveLength(20_000);
  });

  test.each([
    [
      "a tensor whose shape is not that of its data",
      { tensors: [{ name: "w", shape: [2], data: new Float32Array(3) }] },
    ],
    ["a negative size", { inputs: [{ name: "x", shape: [-1] }] }],
    ["a size that is not whole", { outputs: [{ name: "x", shape: [1.5] }] }],
  ])("refuses %s", (_, part) => {
    expect(() => writeOnnx({ ...SMALL, ...part })).toThrow(RangeError);
  });
});

/** Tensors with the names and shapes of a network with 2 blocks, 8 features and 4 growth channels. */
function weights(tail: readonly [string, number, number][]) {
  const convs: [string, number, number][] = [["conv_first", 3, 8]];
  for (let n = 0; n < 2; n++) {
    for (let k = 1; k <= 3; k++) {
      for (let j = 1; j <= 5; j++) convs.push([`body.${n}.rdb${k}.conv${j}`, 8 + 4 * (j - 1), j < 5 ? 4 : 8]);
    }
  }
  const tensor = (shape: number[]) => ({
    shape,
    floats: () => new Float32Array(shape.reduce((product, length) => product * length)),
  });
  return new Map(
    [...convs, ["conv_body", 8, 8] as const, ...tail].flatMap(([name, from, to]) => [
      [`${name}.weight`, tensor([to, from, 3, 3])] as const,
      [`${name}.bias`, tensor([to])] as const,
    ]),
  );
}

describe("onnxNetwork", () => {
  const rrdb = weights([
    ["conv_up1", 8, 8],
    ["conv_up2", 8, 8],
    ["conv_hr", 8, 8],
    ["conv_last", 8, 3],
  ]);
  const rrdn = weights([
    ["conv_shuffle", 8, 48],
    ["conv_last", 3, 3],
  ]);
  const trunk = { Conv: 32, Concat: 24, Mul: 8, Add: 9 };

  test.each([
    ["RRDBNet", rrdb, { ...trunk, Conv: 36, LeakyRelu: 27, Resize: 2 }],
    ["RRDN", rrdn, { ...trunk, Conv: 34, Relu: 24, DepthToSpace: 1 }],
  ])("writes an %s whose nodes come after what they read, with every weight used", (_, tensors, counts) => {
    const graph = message(fieldsOf(onnxNetwork(tensors, 5, 7)), 7);
    const initializers = messages(graph, 5).map((each) => text(each.get(8)![0]));
    const known = new Set(["", "picture", ...initializers]);
    const used = new Set<string>();
    const ops: Record<string, number> = {};
    for (const node of messages(graph, 1)) {
      const op = texts(node, 4)[0]!;
      ops[op] = (ops[op] ?? 0) + 1;
      for (const input of texts(node, 1)) {
        expect(known).toContain(input);
        used.add(input);
      }
      known.add(texts(node, 2)[0]!);
    }
    expect(ops).toEqual(counts);
    expect([...used]).toEqual(expect.arrayContaining([...tensors.keys()]));
    const shapeOf = (value: Fields) => {
      const dimensions = message(message(message(value, 2), 1), 2);
      return [text(value.get(1)![0]), messages(dimensions, 1).map((each) => each.get(1)![0])];
    };
    expect(messages(graph, 11).map(shapeOf)).toEqual([["picture", [1, 3, 7, 5]]]);
    expect(messages(graph, 12).map(shapeOf)).toEqual([["enlarged", [1, 3, 28, 20]]]);
    expect(known).toContain("enlarged");
  });
});
