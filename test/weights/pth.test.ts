import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/models/bundled.js";
import { parsePth } from "../../src/weights/pth.js";
import { parseSafetensors } from "../../src/weights/safetensors.js";
import { compactWeights, rrdbWeights } from "../cases/networks.js";
import {
  concat,
  globalName,
  integer,
  latin1,
  legacyPthFile,
  pthFile,
  pthMembers,
  type Stored,
  type StoredDtype,
  StoredObject,
  StoredTensor,
  storedTensors,
  text,
  zipFile,
} from "./pth-file.js";
import { safetensorsFile } from "./safetensors-file.js";

const WRITERS = [
  ["zip", pthFile],
  ["legacy", legacyPthFile],
] as const;

const EVENS = Array.from({ length: 12 }, (_, index) => 2 * index);

describe.each(WRITERS)("parsePth, %s", (_, write) => {
  const read = (value: Stored) => parsePth(write(value)).tensors.get("w")!;

  it.each<readonly [StoredDtype, "f32" | "f16", readonly number[]]>([
    ["f32", "f32", [1.5, -2, 0.1]],
    ["f16", "f16", [1.5, -2, 0.0999755859375]],
    ["bf16", "f32", [1.5, -2, 0.099609375]],
    ["f64", "f32", [1.5, -2, 0.1]],
  ])("reads %s as %s", (stored, dtype, values) => {
    const tensor = read({ w: new StoredTensor([3, 1], [1.5, -2, 0.1], stored) });
    expect([tensor.name, tensor.shape, tensor.dtype]).toEqual(["w", [3, 1], dtype]);
    expect([...tensor.floats()]).toEqual(values.map(Math.fround));
  });

  const counted = Array.from({ length: 24 }, (_unused, index) => index);
  it.each([
    ["in order", [2, 3], [3, 1], 4, [4, 5, 6, 7, 8, 9]],
    ["transposed", [3, 2], [1, 3], 0, [0, 3, 1, 4, 2, 5]],
    ["every other item", [3], [2], 1, [1, 3, 5]],
    ["one item many times", [2, 2], [0, 0], 7, [7, 7, 7, 7]],
    ["rows that overlap", [3, 2], [1, 1], 0, [0, 1, 1, 2, 2, 3]],
    ["three dimensions, turned", [2, 3, 4], [1, 8, 2], 0, [...EVENS, ...EVENS.map((value) => value + 1)]],
    ["an extent of one with any stride", [1, 3], [99, 1], 2, [2, 3, 4]],
    ["a scalar", [], [], 5, [5]],
    ["nothing", [0, 3], [3, 1], 24, []],
  ])("reads a view: %s", (_name, shape, strides, offset, expected) => {
    for (const dtype of ["f32", "f16", "bf16", "f64"] as const) {
      const tensor = read({ w: new StoredTensor(shape, counted, dtype, { strides, offset }) });
      expect(tensor.shape).toEqual(shape);
      expect([...tensor.floats()]).toEqual(expected);
    }
  });

  it("reads a file at any alignment, and a part of one", () => {
    const file = write({ state_dict: storedTensors(compactWeights()) });
    const expected = parsePth(file).tensors;
    for (let at = 1; at < 9; at++) {
      const larger = new Uint8Array(file.length + 9);
      larger.set(file, at);
      expect(parsePth(larger.subarray(at, at + file.length)).tensors).toEqual(expected);
    }
    expect(parsePth(file.slice().buffer).tensors).toEqual(expected);
  });

  it("makes a model of it", async () => {
    const weights = rrdbWeights({ layout: "esrgan", blocks: 2 });
    const file = write({ params_ema: storedTensors(weights), params: storedTensors(rrdbWeights()) });
    expect(await loadModel(file)).toMatchObject({
      name: "rrdbnet",
      byteLength: file.length,
      metadata: {},
      network: { architecture: "rrdbnet", scale: 4, blocks: 2 },
    });
    const first = parsePth(file).tensors.get("conv_first.weight")!;
    expect(first.data).toEqual(weights.tensors.get("conv_first.weight")!.data);
  });

  it("refuses objects where the network needs tensors, and passes over others", async () => {
    const thing = new StoredObject("os.system");
    const tensors = storedTensors(compactWeights());
    expect(await loadModel(write({ ...tensors, thing }))).toMatchObject({ network: { architecture: "compact" } });
    await expect(loadModel(write({ ...tensors, "body.2.bias": thing }))).rejects.toMatchObject({
      code: "bad-weights",
      message: "Tensor body.2.bias is made by os.system, which is never run",
    });
  });

  it("refuses integers as weights, and what is not finite", () => {
    const integers = { code: "bad-weights", message: "Tensor w has type I64, expected F32, F16, BF16 or F64" };
    expect(() => read({ w: new StoredTensor([2], [1, 2], "i64") })).toThrow(expect.objectContaining(integers));
    const infinite = { code: "bad-weights", message: "Tensor w holds Infinity at index 1, expected finite numbers" };
    expect(() => read({ w: new StoredTensor([2], [1, 1e39], "f64") })).toThrow(expect.objectContaining(infinite));
  });

  it("refuses numbers repeated beyond what the file could hold, before it takes memory for them", () => {
    const tensor = new StoredTensor([2 ** 21], [0.5], "f32", { strides: [0] });
    const message = expect.stringMatching(
      /^The weight file of \d+ bytes holds 2097152 weights, more than the \d+ that/,
    );
    expect(() => read({ w: tensor })).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });
});

const SOURCE = pthMembers({ w: new StoredTensor([2], [1, 2]) });

/** The file with these bytes at the first `mark`, counted from `skip` bytes behind it. */
function patched(file: Uint8Array, mark: string, skip: number, bytes: readonly number[]): Uint8Array {
  const made = file.slice();
  made.set(bytes, Buffer.from(file.buffer).indexOf(latin1(mark)) + skip);
  return made;
}

/** An archive as larger writers make them: sizes and places stand in 64-bit fields. */
function zip64(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const plain = Buffer.from(zipFile(members));
  const start = plain.readUInt32LE(plain.length - 6);
  const entries: Buffer[] = [];
  for (let at = start; at < plain.length - 22; ) {
    const nameBytes = plain.readUInt16LE(at + 28);
    const entry = Buffer.from(plain.subarray(at, at + 46 + nameBytes));
    const extra = Buffer.alloc(28);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const [to, from] of [
      [4, 24],
      [12, 20],
      [20, 42],
    ] as const) {
      extra.writeBigUInt64LE(BigInt(entry.readUInt32LE(from)), to);
      entry.writeUInt32LE(0xffffffff, from);
    }
    entry.writeUInt16LE(28, 30);
    entries.push(entry, extra);
    at += entry.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(56 + 20 + 22);
  end.write("PK\x06\x06", 0, "latin1");
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(directory.length), 40);
  end.writeBigUInt64LE(BigInt(start), 48);
  end.write("PK\x06\x07", 56, "latin1");
  end.writeBigUInt64LE(BigInt(start + directory.length), 64);
  end.write("PK\x05\x06", 76, "latin1");
  end.fill(0xff, 84, 96);
  return new Uint8Array(Buffer.concat([plain.subarray(0, start), directory, end]));
}

describe("zip archives", () => {
  const values = (file: Uint8Array) => [...parsePth(file).tensors.get("w")!.floats()];
  const refused = (file: Uint8Array, message: string | RegExp) => {
    const wanted = typeof message === "string" ? message : expect.stringMatching(message);
    expect(() => parsePth(file)).toThrow(expect.objectContaining({ code: "bad-weights", message: wanted }));
  };

  it("may have sizes of 64 bits", () => {
    expect(values(zip64(SOURCE))).toEqual([1, 2]);
  });

  it("may end in a comment", () => {
    const file = concat([zipFile(SOURCE), latin1("hello PK\x05\x06")]);
    file.set([10, 0], file.length - 12);
    expect(values(file)).toEqual([1, 2]);
  });

  it("have to hold their members plainly", () => {
    const bytes = new Uint8Array(deflateRawSync(SOURCE[0]![1]));
    const deflated = zipFile([["net/data.pkl", bytes]]);
    const method = (mark: string, skip: number) => patched(deflated, mark, skip, [8, 0]);
    refused(
      method("PK\x01\x02", 10),
      "The checkpoint's zip member net/data.pkl is compressed or encrypted; PyTorch stores it plainly, so save it again with torch.save",
    );
  });

  it("have to be whole", () => {
    const file = zipFile(SOURCE);
    refused(file.subarray(0, -1), "The checkpoint is not a whole zip file: it has no directory at its end");
    refused(
      patched(file, "PK\x05\x06", 16, [1]),
      /is not a whole zip file: its directory lies elsewhere than it says$/,
    );
    refused(patched(file, "PK\x01\x02", 0, [1]), "The checkpoint is not a whole zip file: its directory is damaged");
  });

  it("may not hold very many members", () => {
    const entry = (index: number) => {
      const made = Buffer.alloc(46 + 6);
      made.write("PK\x01\x02", 0, "latin1");
      made.writeUInt16LE(6, 28);
      made.write(String(index).padStart(6, "0"), 46, "latin1");
      return made;
    };
    const directory = Buffer.concat(Array.from({ length: 100_001 }, (_, index) => entry(index)));
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06", 0, "latin1");
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(4, 16);
    const file = new Uint8Array(Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), directory, end]));
    refused(file, "The weight file holds more than 100000 zip members, which no network needs");
  });
});

describe("caps on counts", () => {
  const few = (what: string) => ({
    code: "bad-weights",
    message: `The weight file holds more than 100000 ${what}, which no network needs`,
  });

  it("hold for one tensor under very many names", () => {
    const storage = `(${text("storage")}${globalName("torch.FloatStorage")}${text("0")}${text("cpu")}${integer(1)}tQ`;
    const numbers = `(${integer(1)}t`;
    const tensor = `${globalName("torch._utils._rebuild_tensor_v2")}(${storage}${integer(0)}${numbers}${numbers}\x89NtR`;
    const names = Array.from({ length: 100_001 }, (_, index) => `${text(String(index))}h\x00s`);
    const pickle = latin1(`\x80\x02${tensor}q\x000}${names.join("")}.`);
    const file = zipFile([
      ["net/data.pkl", pickle],
      ["net/data/0", new Uint8Array(4)],
    ]);
    expect(() => parsePth(file)).toThrow(expect.objectContaining(few("tensors")));
  });

  it("hold for empty tensors of a .safetensors file, which is read no further", () => {
    const entries = Array.from(
      { length: 100_001 },
      (_, index) => `"${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    );
    const file = safetensorsFile(`{${entries.join(",")} behind them nothing is looked at`);
    expect(() => parseSafetensors(file)).toThrow(expect.objectContaining(few("tensors")));
  });

  it("hold for metadata", () => {
    const entries = Array.from({ length: 100_001 }, (_, index) => `"${index}":""`);
    const file = safetensorsFile(`{"__metadata__":{${entries.join(",")}}}`);
    expect(() => parseSafetensors(file)).toThrow(expect.objectContaining(few("entries of metadata")));
  });
});
