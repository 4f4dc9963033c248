// Owns the kinds of files that are given for weights by mistake: how each is told by its first bytes, and what to do about it. What is not among
// them is taken for weights, which parse-weights.ts reads.

import { EsrganError, type EsrganErrorCode } from "../errors.js";
import { weightFormat } from "./parse-weights.js";
import { printableName } from "./printable-name.js";

/** The start of a file, as bytes and as text with a character for each byte. */
interface Head {
  readonly bytes: Uint8Array;
  readonly text: string;
}

interface FileKind {
  readonly code: EsrganErrorCode;
  readonly is: (head: Head) => boolean;
  /** What it is and what to do: "is an HTML page ..., ...". */
  readonly says: (head: Head) => string;
}

// TF.js writes what tells its files apart behind the topology of small networks.
const HEAD_BYTES = 65_536;

const CONVERT = "convert it to safetensors with tools/convert-weights.py";

const begins =
  (...magic: readonly number[]) =>
  ({ bytes }: Head) =>
    magic.every((byte, index) => bytes[index] === byte);

const EMPTY: FileKind = {
  code: "bad-weights",
  is: ({ bytes }) => bytes.length === 0,
  says: () => "is empty, expected a .safetensors file: download it again",
};

const HTML: FileKind = {
  code: "bad-weights",
  is: ({ text }) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|script|!--)/i.test(text),
  says: () =>
    "is an HTML page, not weights: the server answers with a page where it has no such file, so check the address " +
    "and that the file is deployed",
};

const XML: FileKind = {
  code: "bad-weights",
  is: ({ text }) => /^(?:\xef\xbb\xbf)?\s*<\?xml/i.test(text),
  says: () => "is an XML document, as storage servers answer with errors: check the address and who may read it",
};

const LFS_POINTER: FileKind = {
  code: "bad-weights",
  is: ({ text }) => /^version \S*git-lfs\S*\/spec\/v\d/.test(text),
  says: () =>
    "is a Git LFS pointer, which stands for a file that was not fetched: run git lfs pull, or download the file itself",
};

/** A ModelProto: the version of the format, then who wrote it, the opset or the graph. */
const ONNX: FileKind = {
  code: "unsupported-model",
  is: ({ bytes }) =>
    bytes[0] === 0x08 &&
    bytes[1]! > 0 &&
    bytes[1]! < 32 &&
    [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2]!),
  says: () => `is an ONNX model, which cannot be read: take the PyTorch weights it was made from and ${CONVERT}`,
};

const PICTURE: FileKind = {
  code: "bad-weights",
  is: (head) =>
    begins(0x89, 0x50, 0x4e, 0x47)(head) ||
    begins(0xff, 0xd8, 0xff)(head) ||
    /^(?:GIF8|RIFF[\s\S]{4}WEBP)/.test(head.text),
  says: (head) =>
    `is a picture (${head.text.startsWith("\x89PNG") ? "PNG" : "JPEG, GIF or WebP"}), not weights: ` +
    "pictures are given to upscale() as the source, a model is a .safetensors file",
};

const TFJS: FileKind = {
  code: "unsupported-model",
  is: ({ text }) =>
    /^\s*\{/.test(text) && /"(?:modelTopology|weightsManifest)"|"format"\s*:\s*"(?:layers|graph)-model"/.test(text),
  says: () => `is a TF.js model.json, which cannot be read as it is: ${CONVERT}, beside its weight files`,
};

const JSON_TEXT: FileKind = {
  code: "bad-weights",
  is: ({ text }) => /^\s*(?:\{\s*["}]|\[\s*[[{"\]\d])/.test(text),
  says: ({ text }) => `is a JSON document that begins with ${quoted(text)}, not weights: check the address`,
};

const HDF5: FileKind = {
  code: "unsupported-model",
  is: begins(0x89, 0x48, 0x44, 0x46),
  says: () =>
    "is an HDF5 file, as Keras writes them, which cannot be read: save the model for TF.js and convert its " +
    "model.json to safetensors with tools/convert-weights.py",
};

const NCNN: FileKind = {
  code: "unsupported-model",
  is: ({ text }) => /^7767517\s/.test(text),
  says: () => `is the .param of an ncnn model, which cannot be read as it is: ${CONVERT}, beside its .bin`,
};

const GZIP: FileKind = {
  code: "bad-weights",
  is: begins(0x1f, 0x8b),
  says: () =>
    'is compressed with gzip: decompress it, or have the server say so with the header "content-encoding: gzip"',
};

const TEXT: FileKind = {
  code: "bad-weights",
  is: ({ bytes }) =>
    bytes.subarray(0, 64).every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13),
  says: ({ text }) => `is a text that begins with ${quoted(text)}, not weights: check the address`,
};

/** A header of 4 GiB and more would be meant. */
const UNKNOWN: FileKind = {
  code: "bad-weights",
  is: ({ bytes }) => bytes.subarray(4, 8).some((byte) => byte !== 0),
  says: ({ bytes }) => {
    const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
    return `is no .safetensors file: it begins with the bytes ${start.join(" ")}`;
  },
};

/** The first that fits is meant. */
const KINDS = [
  EMPTY,
  HTML,
  XML,
  LFS_POINTER,
  ONNX,
  PICTURE,
  TFJS,
  NCNN,
  HDF5,
  GZIP,
  JSON_TEXT,
  TEXT,
  UNKNOWN,
] satisfies readonly FileKind[];

/**
 * Refuses bytes that are another kind of file than weights; `title` says which file, as a sentence begins.
 * @throws EsrganError "bad-weights", or "unsupported-model" where they are weights in another format
 */
export function refuseOtherKinds(file: Uint8Array, title: string): void {
  const bytes = file.subarray(0, HEAD_BYTES);
  if (weightFormat(bytes)) return;
  const head: Head = { bytes, text: latin1(bytes) };
  const kind = KINDS.find(({ is }) => is(head));
  if (kind) throw new EsrganError(kind.code, `${title} ${kind.says(head)}`);
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function quoted(text: string): string {
  const [start = ""] = text.trim().slice(0, 40).split("\n");
  return `"${printableName(start)}"`;
}
