import { describe, expect, it } from "vitest";
import { parseSafetensors } from "../../src/weights/safetensors.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { randomFloats, seededRandom } from "../cases/random.js";
import { safetensorsFile, serializeSafetensors } from "./safetensors-file.js";

const bytesOf = (values: Float32Array | Uint16Array | Float64Array) => new Uint8Array(values.buffer);
const f32 = (name: string, begin: number, end: number, shape = `[${(end - begin) / 4}]`) =>
  `${JSON.stringify(name)}:{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe("parseSafetensors", () => {
  it.each([
    ["F32", bytesOf(Float32Array.of(1.5, -2)), "f32", [1.5, -2]],
    ["F16", bytesOf(Uint16Array.of(0x3e00, 0xc000)), "f16", [1.5, -2]],
    ["BF16", bytesOf(Uint16Array.of(0x3fc0, 0xc000)), "f32", [1.5, -2]],
    ["F64", bytesOf(Float64Array.of(1.5, 0.1)), "f32", [1.5, Math.fround(0.1)]],
  ] as const)("reads %s", (dtype, data, stored, values) => {
    const header = `{"w":{"dtype":"${dtype}","shape":[2,1],"data_offsets":[0,${data.length}]}}`;
    const tensor = parseSafetensors(safetensorsFile(header, data)).tensors.get("w")!;
    expect([tensor.name, tensor.shape, tensor.dtype]).toEqual(["w", [2, 1], stored]);
    expect([...tensor.floats()]).toEqual(values);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])("reads data at any alignment: %d bytes of padding", (padding) => {
    for (const [dtype, data] of [
      ["F32", bytesOf(Float32Array.of(1.5, -2))],
      ["F16", bytesOf(Uint16Array.of(0x3e00, 0xc000))],
      ["BF16", bytesOf(Uint16Array.of(0x3fc0, 0xc000))],
      ["F64", bytesOf(Float64Array.of(1.5, -2))],
    ] as const) {
      const header = `{"w":{"dtype":"${dtype}","shape":[2],"data_offsets":[0,${data.length}]}}${" ".repeat(padding)}`;
      const file = safetensorsFile(header, data);
      expect([...parseSafetensors(file).tensors.get("w")!.floats()]).toEqual([1.5, -2]);
      // A Buffer's slice is a view, a Uint8Array's a copy: both must come out aligned.
      expect([...parseSafetensors(Buffer.from(file)).tensors.get("w")!.floats()]).toEqual([1.5, -2]);
    }
  });

  it("reads an ArrayBuffer, and a part of one", () => {
    const file = safetensorsFile(`{${f32("w", 0, 4)}}`, bytesOf(Float32Array.of(7)));
    const larger = new Uint8Array(file.length + 9);
    larger.set(file, 5);
    for (const source of [file.buffer as ArrayBuffer, larger.subarray(5, 5 + file.length)]) {
      expect([...parseSafetensors(source).tensors.get("w")!.floats()]).toEqual([7]);
    }
  });

  it("takes tensors in any order of offsets, and keeps the header's", () => {
    const header = `{${f32("b", 4, 12)},${f32("a", 0, 4)},${f32("empty", 4, 4, "[0,3]")}}`;
    const { tensors } = parseSafetensors(safetensorsFile(header, bytesOf(Float32Array.of(1, 2, 3))));
    expect([...tensors.keys()]).toEqual(["b", "a", "empty"]);
    expect([...tensors.values()].map((tensor) => [...tensor.floats()])).toEqual([[2, 3], [1], []]);
  });

  it("reads scalars, white space and escapes", () => {
    const header = '{ "a\\u00e9\\"\\\\" :\t{ "data_offsets" : [ 0 , 4 ] ,\r\n "shape":[ ],"dtype":"F32" } }  \n';
    const { tensors } = parseSafetensors(safetensorsFile(header, bytesOf(Float32Array.of(7))));
    expect([...tensors.values()].map(({ name, shape, data }) => [name, shape, ...data])).toEqual([['aé"\\', [], 7]]);
  });

  it("reads a file without tensors", () => {
    const { tensors, metadata } = parseSafetensors(safetensorsFile("{}"));
    expect(tensors.size).toBe(0);
    expect(Object.keys(metadata)).toEqual([]);
  });

  it("is not impressed by names of Object's own", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const fields = names.map((name, i) => f32(name, 4 * i, 4 * i + 4));
    const metadata = names.map((name) => `"${name}":"x"`).join(",");
    const header = `{${fields.join(",")},"__metadata__":{${metadata}}}`;
    const map = parseSafetensors(safetensorsFile(header, 16));
    expect([...map.tensors.keys()]).toEqual(names);
    expect(Object.keys(map.metadata)).toEqual(names);
    expect(Object.getPrototypeOf(map.metadata)).toBeNull();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("gives back what was written, over seeded files", () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed);
      const tensors = new Map<string, WeightTensor>();
      for (let i = random() % 6; i >= 0; i--) {
        const name = `${'layer é\n"'.repeat(random() % 3)}.${i}`;
        const shape = Array.from({ length: random() % 5 }, () => random() % 4);
        const count = shape.reduce((product, extent) => product * extent, 1);
        const isHalf = random() % 2 === 0;
        const data = isHalf
          ? Uint16Array.from({ length: count }, () => random() & 0xbbff)
          : randomFloats(random, count);
        tensors.set(name, new WeightTensor(name, shape, data));
      }
      const metadata = Object.assign(Object.create(null), random() % 2 ? { format: "pt", "": `seed ${seed}` } : {});
      expect(parseSafetensors(serializeSafetensors({ tensors, metadata }))).toEqual({ tensors, metadata });
    }
  });

  it("takes or refuses a damaged file, but never fails otherwise", () => {
    const good = safetensorsFile(`{"__metadata__":{"a":"b"},${f32("w", 0, 8)},${f32("v", 8, 12)}}`, 12);
    const random = seededRandom(9);
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const file = good.slice(0, random() % 8 === 0 ? random() % good.length : good.length);
      for (let i = random() % 3; i >= 0; i--) file[random() % file.length] = random() & 0xff;
      try {
        parseSafetensors(file);
      } catch (error) {
        expect(error).toMatchObject({ name: "EsrganError", code: "bad-weights" });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  const length = (value: bigint, after = 0) => {
    const file = new Uint8Array(8 + after);
    new DataView(file.buffer).setBigUint64(0, value, true);
    return file;
  };
  const header = (text: string, data: Uint8Array | number = 8) => safetensorsFile(text, data);
  const entry = (fields: string) => header(`{"w":{${fields}}}`);

  const refusals: readonly (readonly [what: string, file: Uint8Array, message: string | RegExp])[] = [
    ["an empty file", new Uint8Array(), "A safetensors file starts with 8 bytes of header length, got 0 bytes"],
    ["7 bytes", new Uint8Array(7), "A safetensors file starts with 8 bytes of header length, got 7 bytes"],
    ["no header", length(0n), 'The safetensors header has its end at position 0, expected "{"'],
    ["a header past the end", length(3n, 2), "The safetensors header says it has 3 bytes, but only 2 follow"],
    [
      "a header at the limit",
      length(100_000_000n),
      "The safetensors header says it has 100000000 bytes, but only 0 follow",
    ],
    [
      "a header over the limit",
      length(100_000_001n),
      "The safetensors header says it has 100000001 bytes, expected at most 100000000",
    ],
    [
      "a header of 2^64 - 1 bytes",
      length(2n ** 64n - 1n),
      "The safetensors header says it has 18446744073709552000 bytes, expected at most 100000000",
    ],
    [
      "a header that is not UTF-8",
      safetensorsFile(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
      "The safetensors header of 5 bytes is not UTF-8",
    ],
    ["a byte order mark", header("\ufeff{}"), 'The safetensors header has "?{}" at position 0, expected "{"'],
    ["leading space", header(" {}"), 'The safetensors header has " {}" at position 0, expected "{"'],
    ["a list", header("[]"), 'The safetensors header has "[]" at position 0, expected "{"'],
    ["an unfinished object", header("{"), "The safetensors header has its end at position 1, expected a string"],
    ["a trailing comma", header(`{${f32("w", 0, 8)},}`), /has "}" at position \d+, expected a string/],
    ["two values", header("{}{}"), 'The safetensors header has "{}" at position 2, expected the end'],
    ["a NUL behind the header", header("{}\0"), 'The safetensors header has "?" at position 2, expected the end'],
    ["a single-quoted name", header("{'w':1}"), /has "'w':1}" at position 1, expected a string/],
    ["an unfinished name", header('{"w'), /has "\\"w" at position 1, expected a string/],
    ["a name that ends in a backslash", header('{"w\\'), /at position 1, expected a string/],
    ["a bad escape", header('{"\\x":1}'), /at position 1, expected a string/],
    ["a control character in a name", header('{"a\nb":1}'), /at position 1, expected a string/],
    ["a missing colon", header('{"w"{}}'), 'The safetensors header has "{}}" at position 4, expected ":"'],
    ["a number for a tensor", header('{"w":1}'), 'The safetensors header has "1}" at position 5, expected "{"'],
    ["null for a tensor", header('{"w":null}'), 'The safetensors header has "null}" at position 5, expected "{"'],
    [
      "deep nesting",
      header(`{"w":${"[".repeat(100_000)}`),
      `The safetensors header has "${"[".repeat(20)}" at position 5, expected "{"`,
    ],
    [
      "a tensor that stands twice",
      header(`{${f32("w", 0, 4)},${f32("w", 4, 8)}}`),
      "The key w stands twice in the safetensors header",
    ],
    [
      "a tensor that stands twice, once escaped",
      header(`{${f32("w", 0, 4)},"\\u0077":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`),
      "The key w stands twice in the safetensors header",
    ],
    [
      "a field that stands twice",
      entry('"dtype":"F32","shape":[2],"shape":[1],"data_offsets":[0,8]'),
      "The key shape stands twice in tensor w",
    ],
    [
      "metadata that stands twice",
      header('{"__metadata__":{},"__metadata__":{}}', 0),
      "The key __metadata__ stands twice in the safetensors header",
    ],
    [
      "a metadata key that stands twice",
      header('{"__metadata__":{"a":"1","a":"2"}}', 0),
      "The key a stands twice in the safetensors metadata",
    ],
    ["a number in the metadata", header('{"__metadata__":{"a":1}}', 0), /has "1}}" at position \d+, expected a string/],
    [
      "an object in the metadata",
      header('{"__metadata__":{"a":{}}}', 0),
      /has "{}}}" at position \d+, expected a string/,
    ],
    ["metadata that is a string", header('{"__metadata__":"a"}', 0), /has "\\"a\\"}" at position \d+, expected "{"/],
    [
      "no dtype",
      entry('"shape":[2],"data_offsets":[0,8]'),
      "Tensor w has no dtype, expected dtype, shape and data_offsets",
    ],
    [
      "no shape",
      entry('"dtype":"F32","data_offsets":[0,8]'),
      "Tensor w has no shape, expected dtype, shape and data_offsets",
    ],
    [
      "no data_offsets",
      entry('"dtype":"F32","shape":[2]'),
      "Tensor w has no data_offsets, expected dtype, shape and data_offsets",
    ],
    [
      "a field too many",
      entry('"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[1]'),
      "Tensor w has a field strides, expected dtype, shape and data_offsets",
    ],
    [
      "an inherited field",
      entry('"dtype":"F32","shape":[2],"data_offsets":[0,8],"__proto__":{}'),
      "Tensor w has a field __proto__, expected dtype, shape and data_offsets",
    ],
    ...["-1", "1.5", "1e1", "01", "+1", '"1"', "null", "[1]", "9007199254740992", "1".repeat(400)].map(
      (value) =>
        [
          `the extent ${value.slice(0, 20)}`,
          entry(`"dtype":"F32","shape":[${value}],"data_offsets":[0,8]`),
          /at position 29, expected an integer from 0 to 9007199254740991$/,
        ] as const,
    ),
    [
      "a shape whose product overflows",
      entry('"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]'),
      "Tensor w has shape [4294967296,4294967296], which is more than can be counted",
    ],
    [
      "a shape whose product overflows before a zero",
      entry('"dtype":"F32","shape":[9007199254740991,9007199254740991,0],"data_offsets":[0,0]').slice(0, -8),
      "Tensor w has shape [9007199254740991,9007199254740991,0], which is more than can be counted",
    ],
    [
      "a shape of 33 extents",
      entry(`"dtype":"F32","shape":[${"1,".repeat(32)}1],"data_offsets":[0,8]`),
      /expected a list of at most 32 integers$/,
    ],
    [
      "one offset",
      entry('"dtype":"F32","shape":[2],"data_offsets":[8]'),
      "Tensor w has data_offsets [8], expected [begin,end] with begin <= end",
    ],
    [
      "three offsets",
      entry('"dtype":"F32","shape":[2],"data_offsets":[0,4,8]'),
      /has "8\]}}" at position \d+, expected a list of at most 2 integers/,
    ],
    [
      "offsets back to front",
      entry('"dtype":"F32","shape":[2],"data_offsets":[8,0]'),
      "Tensor w has data_offsets [8,0], expected [begin,end] with begin <= end",
    ],
    ["a negative offset", entry('"dtype":"F32","shape":[2],"data_offsets":[-8,0]'), /expected an integer from 0/],
    ...["I64", "I32", "U8", "BOOL", "F8_E4M3", "f32", "", "constructor", "__proto__"].map(
      (dtype) =>
        [
          `the dtype ${dtype}`,
          entry(`"dtype":"${dtype}","shape":[1],"data_offsets":[0,8]`),
          `Tensor w has dtype ${dtype}, expected F32, F16, BF16 or F64`,
        ] as const,
    ),
    [
      "fewer bytes than the shape needs",
      entry('"dtype":"F32","shape":[3],"data_offsets":[0,8]'),
      "Tensor w of F32 [3] has 8 bytes, expected 12",
    ],
    [
      "more bytes than the shape needs",
      entry('"dtype":"F16","shape":[3],"data_offsets":[0,8]'),
      "Tensor w of F16 [3] has 8 bytes, expected 6",
    ],
    [
      "a hole at the start",
      header(`{${f32("w", 4, 8)}}`),
      "Tensor w begins at byte 4, expected 0: it leaves a hole before it",
    ],
    [
      "a hole between tensors",
      header(`{${f32("v", 8, 12)},${f32("w", 0, 4)}}`, 12),
      "Tensor v begins at byte 8, expected 4: it leaves a hole before it",
    ],
    [
      "tensors that overlap",
      header(`{${f32("w", 0, 8)},${f32("v", 4, 12)}}`, 12),
      "Tensor v begins at byte 4, expected 8: it overlaps the tensor before it",
    ],
    [
      "the same bytes twice",
      header(`{${f32("w", 0, 8)},${f32("v", 0, 8)}}`),
      "Tensor v begins at byte 0, expected 8: it overlaps the tensor before it",
    ],
    [
      "bytes behind the last tensor",
      header(`{${f32("w", 0, 4)}}`, 5),
      "The safetensors tensors end at byte 4, but the file has 5 bytes of data",
    ],
    [
      "a file cut short",
      header(`{${f32("w", 0, 8)}}`, 7),
      "The safetensors tensors end at byte 8, but the file has 7 bytes of data",
    ],
    [
      "a tensor of more bytes than there are",
      header(`{${f32("w", 0, 2 ** 50)}}`),
      "The safetensors tensors end at byte 1125899906842624, but the file has 8 bytes of data",
    ],
    [
      "data without tensors",
      header("{}", 1),
      "The safetensors tensors end at byte 0, but the file has 1 bytes of data",
    ],
    [
      "a name that would steer a terminal",
      header(`{${f32("\u001b[2J\u202e\ud800", 4, 8)}}`),
      "Tensor ?[2J?? begins at byte 4, expected 0: it leaves a hole before it",
    ],
    [
      "a long name",
      header(`{${f32("n".repeat(5000), 4, 8)}}`),
      `Tensor ${"n".repeat(200)}... begins at byte 4, expected 0: it leaves a hole before it`,
    ],
  ];
  it.each(refusals)("refuses %s", (_, file, message) => {
    const wanted = typeof message === "string" ? message : expect.stringMatching(message);
    expect(() => parseSafetensors(file)).toThrow(expect.objectContaining({ code: "bad-weights", message: wanted }));
  });

  it.each([
    ["F32", bytesOf(Float32Array.of(1, Number.NaN)), "NaN"],
    ["F32", bytesOf(Float32Array.of(1, Number.NEGATIVE_INFINITY)), "-Infinity"],
    ["F16", bytesOf(Uint16Array.of(0x3c00, 0x7e00)), "NaN"],
    ["F16", bytesOf(Uint16Array.of(0x7bff, 0xfc00)), "-Infinity"],
    ["BF16", bytesOf(Uint16Array.of(0x3f80, 0x7fc0)), "NaN"],
    ["BF16", bytesOf(Uint16Array.of(0x7f7f, 0x7f80)), "Infinity"],
    ["F64", bytesOf(Float64Array.of(1, Number.NaN)), "NaN"],
    ["F64", bytesOf(Float64Array.of(1, 1e39)), "Infinity"],
  ])("refuses %s weights that are not finite: %s", (dtype, data, value) => {
    const file = safetensorsFile(`{"w":{"dtype":"${dtype}","shape":[2],"data_offsets":[0,${data.length}]}}`, data);
    const message = `Tensor w holds ${value} at index 1, expected finite numbers`;
    expect(() => parseSafetensors(file)).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });

  it("reads 100,000 tensors and a header of megabytes without slowing down", () => {
    const fields = Array.from({ length: 100_000 }, (_, i) => f32(`body.${i}.weight`, 4 * i, 4 * i + 4));
    expect(parseSafetensors(safetensorsFile(`{${fields.join(",")}}`, 400_000)).tensors.size).toBe(100_000);
  }, 5000);
});
