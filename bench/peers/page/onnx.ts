// Writes ONNX files: the part of the format that feed-forward networks of float32 need. Owns bytes (Protocol Buffers' wire format and the
// field numbers of onnx.proto3), not what a network is.

/** A node of the graph: an operator of ONNX's default set. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Numbers are integers unless wrapped as `{ float }`. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A float32 input or output of fixed shape. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const IR_VERSION = 8;
const OPSET = 17; // what IR version 8 goes with; Resize and DepthToSpace are as they are today
const FLOAT = 1; // TensorProto.DataType

/** The file of `model`. */
export function writeOnnx({ name, nodes, tensors, inputs, outputs }: OnnxModel): Uint8Array<ArrayBuffer> {
  const graph = message([
    ...nodes.map((node) => bytes(1, nodeMessage(node))),
    text(2, name),
    ...tensors.map((tensor) => bytes(5, tensorMessage(tensor))),
    ...inputs.map((value) => bytes(11, valueMessage(value))),
    ...outputs.map((value) => bytes(12, valueMessage(value))),
  ]);
  const opset = message([integer(2, OPSET)]);
  return concatenated(message([integer(1, IR_VERSION), text(2, "esrgan-webgpu"), bytes(7, graph), bytes(8, opset)]));
}

function nodeMessage({ op, inputs, output, attributes = {} }: OnnxNode): Piece {
  return message([
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attributeMessage(name, value))),
  ]);
}

/** Field 20 says the type: 1 float, 2 integer, 3 string, 7 integers. */
function attributeMessage(name: string, value: OnnxAttribute): Piece {
  if (typeof value === "number") return message([text(1, name), integer(3, value), integer(20, 2)]);
  if (typeof value === "string") return message([text(1, name), text(4, value), integer(20, 3)]);
  if ("float" in value) return message([text(1, name), float(2, value.float), integer(20, 1)]);
  return message([text(1, name), ...value.map((each) => integer(8, each)), integer(20, 7)]);
}

function tensorMessage({ name, shape, data }: OnnxTensor): Piece {
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== data.length) {
    throw new RangeError(`Tensor ${name} of shape [${shape.join(",")}] holds ${data.length} values, expected ${count}`);
  }
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength); // little-endian, as every machine with WebGPU is
  return message([...shape.map((n) => integer(1, n)), integer(2, FLOAT), text(8, name), bytes(9, piece(raw))]);
}

function valueMessage({ name, shape }: OnnxValue): Piece {
  const dimensions = message(shape.map((n) => bytes(1, message([integer(1, n)]))));
  const tensorType = message([integer(1, FLOAT), bytes(2, dimensions)]);
  return message([text(1, name), bytes(2, message([bytes(1, tensorType)]))]);
}

// Protocol Buffers. A message is its fields one after another, and a field's length stands before it, so pieces are kept apart until the
// whole is known: weights are copied once.

interface Piece {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

function piece(...parts: Uint8Array[]): Piece {
  return { parts, byteLength: parts.reduce((sum, part) => sum + part.length, 0) };
}

function message(fields: readonly Piece[]): Piece {
  return piece(...fields.flatMap((field) => field.parts));
}

function concatenated({ parts, byteLength }: Piece): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

function integer(field: number, value: number): Piece {
  return piece(Uint8Array.from([...tag(field, VARINT), ...varint(value)]));
}

function float(field: number, value: number): Piece {
  const bits = new Uint8Array(4);
  new DataView(bits.buffer).setFloat32(0, value, true);
  return piece(Uint8Array.from(tag(field, FIXED32)), bits);
}

function text(field: number, value: string): Piece {
  return bytes(field, piece(new TextEncoder().encode(value)));
}

function bytes(field: number, value: Piece): Piece {
  const head = Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...varint(value.byteLength)]);
  return piece(head, ...value.parts);
}

/** Seven bits a byte, the lowest first; all bytes but the last have the top bit set. */
function varint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`ONNX's integers are written from whole numbers of 0 or more here, got ${value}`);
  }
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  out.push(rest);
  return out;
}
