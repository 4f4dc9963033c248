// The container of a GLB file (glTF 2.0, binary). Owns that images are exchanged and everything else stays as it is, extensions that nobody
// here knows included: accessors and meshes are never looked at.
import { EsrganError } from "../index.js";

/** A stretch of the binary chunk: a buffer view, or what an extension says of one (EXT_meshopt_compression). */
interface Stretch {
  buffer?: number;
  byteOffset?: number;
  byteLength: number;
}

interface BufferView extends Stretch {
  extensions?: Record<string, unknown>;
}

export interface GlbImage {
  name?: string;
  uri?: string;
  mimeType?: string;
  bufferView?: number;
}

/** What of a glTF document is looked at here; the rest travels along. */
export interface GltfJson {
  buffers?: { byteLength: number; uri?: string }[];
  bufferViews?: BufferView[];
  images?: GlbImage[];
  textures?: { source?: number; sampler?: number; extensions?: Record<string, { source?: number }> }[];
  samplers?: { wrapS?: number; wrapT?: number }[];
  materials?: object[];
}

export interface Glb {
  readonly json: GltfJson;
  readonly binary: Buffer;
}

/** An image's new bytes. */
export interface NewImage {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
}

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const ALIGN = 16; // more than the 4 that glTF asks for: what extensions store may want it

/** @throws EsrganError "bad-input" where it is no GLB of version 2, or cut off */
export function parseGlb(bytes: Buffer, name: string): Glb {
  const fail = (why: string): never => {
    throw new EsrganError("bad-input", `The file ${name} is no GLB that can be read: ${why}`);
  };
  if (bytes.length < 20 || bytes.readUInt32LE(0) !== MAGIC) fail("it does not begin as one");
  if (bytes.readUInt32LE(4) !== 2) fail(`it is of version ${bytes.readUInt32LE(4)}, expected 2`);
  const chunks = new Map<number, Buffer>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [length, kind] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    if (at + 8 + length > bytes.length) fail("it is cut off");
    if (!chunks.has(kind)) chunks.set(kind, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  const text = chunks.get(JSON_CHUNK) ?? fail("it has no JSON");
  let json: GltfJson;
  try {
    json = JSON.parse(text.toString("utf8")) as GltfJson;
  } catch {
    return fail("its JSON is damaged");
  }
  const binary = chunks.get(BINARY_CHUNK) ?? Buffer.alloc(0);
  for (const each of stretchesOf(json)) {
    const { byteOffset = 0, byteLength } = each;
    const isWithin = Number.isSafeInteger(byteOffset + byteLength) && byteOffset >= 0 && byteLength >= 0;
    if (!isWithin || byteOffset + byteLength > binary.length) fail("a buffer view lies outside its binary part");
  }
  return { json, binary };
}

/** The bytes of an image that lies in the file; undefined of others. */
export function imageBytes({ json, binary }: Glb, { bufferView }: GlbImage): Buffer | undefined {
  const view = bufferView === undefined ? undefined : json.bufferViews?.[bufferView];
  if (!view || !isInFile(json, view)) return undefined;
  const from = view.byteOffset ?? 0;
  return binary.subarray(from, from + view.byteLength);
}

/** The file with some images exchanged. */
export function withImages(glb: Glb, images: ReadonlyMap<number, NewImage>): Buffer {
  const json = structuredClone(glb.json);
  const exchanged = new Map<Stretch, Uint8Array>();
  for (const [index, { bytes, mimeType }] of images) {
    const image = json.images![index]!;
    const old = json.bufferViews![image.bufferView!]!;
    // Another image may lie in the same view.
    const view: BufferView = { ...old, byteLength: bytes.length };
    const isShared = json.images!.some((other, i) => i !== index && other.bufferView === image.bufferView);
    if (isShared) image.bufferView = json.bufferViews!.push(view) - 1;
    else json.bufferViews![image.bufferView!] = view;
    image.mimeType = mimeType;
    exchanged.set(view, bytes);
  }
  const parts: Uint8Array[] = [];
  const places = new Map<string, number>();
  let length = 0;
  for (const each of stretchesOf(json)) {
    const from = each.byteOffset ?? 0;
    const bytes = exchanged.get(each) ?? glb.binary.subarray(from, from + each.byteLength);
    const key = exchanged.has(each) ? undefined : `${from} ${each.byteLength}`;
    let place = key === undefined ? undefined : places.get(key);
    if (place === undefined) {
      place = length;
      const padding = Buffer.alloc(-bytes.length & (ALIGN - 1));
      parts.push(bytes, padding);
      length += bytes.length + padding.length;
      if (key !== undefined) places.set(key, place);
    }
    each.byteOffset = place;
  }
  const own = json.buffers?.[0];
  if (own && own.uri === undefined) own.byteLength = length;
  return glbOf(json, Buffer.concat(parts, length));
}

function glbOf(json: GltfJson, binary: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(json));
  const words = Buffer.concat([text, Buffer.alloc(-text.length & 3, " ")]);
  const chunk = (kind: number, bytes: Buffer) => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(bytes.length, 0);
    header.writeUInt32LE(kind, 4);
    return Buffer.concat([header, bytes]);
  };
  const chunks = [chunk(JSON_CHUNK, words), ...(binary.length > 0 ? [chunk(BINARY_CHUNK, binary)] : [])];
  const header = Buffer.alloc(12);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(2, 4);
  header.writeUInt32LE(
    chunks.reduce((sum, { length }) => sum + length, 12),
    8,
  );
  return Buffer.concat([header, ...chunks]);
}

/** All stretches of the binary chunk that are spoken of. */
function stretchesOf(json: GltfJson): Stretch[] {
  const views = json.bufferViews ?? [];
  const inside = views.flatMap(({ extensions = {} }) => Object.values(extensions).filter(isStretch));
  return [...views, ...inside].filter((each) => isInFile(json, each));
}

function isStretch(value: unknown): value is Stretch {
  const { buffer, byteLength } = (value ?? {}) as Partial<Stretch>;
  return typeof buffer === "number" && typeof byteLength === "number";
}

/** The first buffer is the file's own, where it has no address. */
function isInFile(json: GltfJson, { buffer }: Stretch): boolean {
  const own = json.buffers?.[0];
  return buffer === 0 && own !== undefined && own.uri === undefined;
}
