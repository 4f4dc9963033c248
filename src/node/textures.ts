// The command `esrgan-webgpu textures`: a GLB whose textures are made larger, each by its role. Owns what is done with which.
import { EsrganError, type Pixels } from "../index.js";
import { bicubic } from "./bicubic.js";
import { type Command, UsageError } from "./cli-arguments.js";
import type { Engine, EngineChanges, EngineEvents } from "./engine.js";
import { printable } from "./file-name.js";
import { type Glb, type GlbImage, imageBytes, type NewImage, parseGlb, withImages } from "./glb.js";
import type { PictureFormat } from "./picture-format.js";
import { readPicture } from "./read-picture.js";
import { readRegularFile } from "./regular-file.js";
import { requireWhole } from "./strips.js";
import { type TextureRole, type TextureUse, textureUses } from "./texture-roles.js";
import { writeWholeFile } from "./whole-file.js";
import { writeStrips } from "./write-picture.js";

/** What the command needs of whom it runs for. */
export interface TextureHost {
  readonly engine: () => Promise<Engine>;
  /** How much larger the model makes a picture. */
  readonly scale: number;
  note(line: string): void;
  /** One sentence of an error. */
  sentence(error: unknown): string;
  canGoOn(error: unknown): boolean;
  progress: (label: string, progress: Parameters<EngineEvents["onProgress"]>[0]) => void;
  temporary: (path: string) => unknown;
}

const MAX_FILE_BYTES = 2 ** 31 - 1;
const FORMATS: { readonly [mimeType: string]: PictureFormat } = { "image/jpeg": "jpeg", "image/webp": "webp" };

/** Writes the file with its textures made larger; those that cannot be are said and stay as they are. Returns how many those are. */
export async function upscaleTextures(command: Command, host: TextureHost): Promise<number> {
  const [input] = command.inputs;
  const { output } = command;
  if (command.inputs.length !== 1 || output === undefined) {
    throw new UsageError("The command textures takes one GLB file, and -o with the name of another");
  }
  const bytes = await readRegularFile(input!, MAX_FILE_BYTES).catch((cause: Error) => {
    throw new EsrganError("bad-input", `The file ${printable(input!)} cannot be read: ${cause.message}`, { cause });
  });
  const glb = parseGlb(bytes, printable(input!));
  const images = [...textureUses(glb.json)].sort(([a], [b]) => a - b);
  const made = new Map<number, NewImage>();
  let failed = 0;
  for (const [at, [index, use]] of images.entries()) {
    const image = glb.json.images?.[index] ?? {};
    const name = `image ${index}${image.name ? ` (${printable(image.name)})` : ""}`;
    try {
      const larger = await enlarged(glb, image, use, {
        command,
        host,
        name,
        label: `${at + 1}/${images.length} ${name}`,
      });
      if (larger) made.set(index, larger);
    } catch (error) {
      host.note(`${name} stays as it is: ${host.sentence(error)}`);
      failed++;
      if (!host.canGoOn(error)) throw error;
    }
  }
  await writeWholeFile(output, (write) => write(withImages(glb, made)), host.temporary);
  if (!command.quiet) host.note(`${made.size} of ${images.length} textures were made larger`);
  return failed;
}

interface Enlarging {
  readonly command: Command;
  readonly host: TextureHost;
  readonly name: string;
  readonly label: string;
}

/** The image made larger; undefined where that is said not to be wanted. */
async function enlarged(glb: Glb, image: GlbImage, use: TextureUse, of: Enlarging): Promise<NewImage | undefined> {
  const { command, host, name, label } = of;
  const file = imageBytes(glb, image);
  if (!file) throw new EsrganError("bad-input", "it is not in the file itself; pack it into the GLB first");
  const { pixels } = await readPicture({ name, bytes: file }, { maxPixels: command.maxPixels, frame: command.frame });
  const longest = Math.max(pixels.width, pixels.height);
  const scale = Math.min(host.scale, (command.maxSize ?? Number.POSITIVE_INFINITY) / longest);
  if (scale <= 1) {
    host.note(
      `${name} stays as it is: it has ${pixels.width}x${pixels.height} pixels, and --max-size is ${command.maxSize}`,
    );
    return undefined;
  }
  if (use.role === "normal") {
    const size = { width: Math.round(pixels.width * scale), height: Math.round(pixels.height * scale) };
    return encoded(name, normalized(bicubic(pixels, size, use.repeats)), image.mimeType, use.role, host);
  }
  const engine = await host.engine();
  const run = (source: Pixels) =>
    joined(engine, source, {
      scale,
      tileable: use.repeats || command.tileable,
      onProgress: (progress) => host.progress(label, progress),
      onNote: (note) => host.note(`${name}: ${note}`),
    });
  const larger = use.role === "colour" ? await run(pixels) : await byChannel(pixels, run);
  return encoded(name, larger, image.mimeType, use.role, host);
}

/** The engine's strips as one picture. */
async function joined(engine: Engine, source: Pixels, events: EngineEvents & EngineChanges): Promise<Pixels> {
  const { width, height } = engine.plan(source, events);
  let whole: Pixels | undefined;
  let at = 0;
  for await (const { data, channels, bits } of requireWhole(engine.strips(source, events), { width, height })) {
    const Values = bits === 16 ? Uint16Array : Uint8Array;
    whole ??= { data: new Values(width * height * channels), width, height, channels, bits };
    whole.data.set(data, at);
    at += data.length;
  }
  return whole!;
}

/**
 * Each channel by itself, as a gray picture: a network for colours would mix them, and give roughness the tint of metalness. A channel that has
 * one value everywhere keeps it.
 */
async function byChannel(source: Pixels, run: (gray: Pixels) => Promise<Pixels>): Promise<Pixels> {
  const { channels, bits } = source;
  const planes: (Pixels | number)[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const data = source.data.filter((_, i) => i % channels === channel);
    const isFlat = data.every((value) => value === data[0]);
    planes.push(isFlat && channels > 1 ? data[0]! : await run({ ...source, data, channels: 1 }));
  }
  const size = planes.find((plane) => typeof plane !== "number") ?? (await run(oneChannel(source)));
  const { width, height } = size;
  const Values = bits === 16 ? Uint16Array : Uint8Array;
  const data = new Values(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const plane = planes[i % channels]!;
    data[i] = typeof plane === "number" ? plane : plane.data[Math.floor(i / channels)]!;
  }
  return { data, width, height, channels, bits };
}

function oneChannel({ data, channels, ...form }: Pixels): Pixels {
  return { ...form, data: data.filter((_, i) => i % channels === 0), channels: 1 };
}

/**
 * With the directions, which are stored as 0..1 for -1..1, at the length 1. Networks for photos make steps of smooth slopes: those of a wavy normal
 * map were 15 degrees off with general-x4v3, and 2 with a bicubic filter.
 */
function normalized(picture: Pixels): Pixels {
  const { data, channels, bits } = picture;
  if (channels < 3) return picture;
  const half = (bits === 16 ? 65535 : 255) / 2;
  for (let i = 0; i < data.length; i += channels) {
    const [x, y, z] = [0, 1, 2].map((c) => data[i + c]! / half - 1) as [number, number, number];
    const direction = [x, y, Math.max(z, 0)]; // in glTF none points into the surface, but the filter overshoots
    const length = Math.hypot(...direction);
    // Of what points nowhere nothing can be said but that it is even.
    const unit = length > 0 ? direction.map((value) => value / length) : [0, 0, 1];
    for (const [c, value] of unit.entries()) data[i + c] = Math.round((value + 1) * half);
  }
  return picture;
}

/** In the format that it had; only colours may lose anything by that. */
async function encoded(
  name: string,
  pixels: Pixels,
  mimeType: string | undefined,
  role: TextureRole,
  host: TextureHost,
): Promise<NewImage> {
  const kept = role === "colour" || mimeType === "image/webp" ? FORMATS[mimeType ?? ""] : undefined;
  const format = kept ?? "png";
  const parts: Uint8Array[] = [];
  const { width, height } = pixels;
  await writeStrips(
    name,
    [{ y: 0, pixels }],
    { width, height },
    async (bytes) => void parts.push(Uint8Array.from(bytes)),
    (note) => host.note(`${name}: ${note}`),
    { format },
  );
  return { bytes: Buffer.concat(parts), mimeType: `image/${format}` };
}
