// What ffprobe says of a video file. Owns which of its streams is taken and which colours are assumed where the file says none.
import { EsrganError } from "../../index.js";
import { printable } from "../file-name.js";
import { kindOfFile, statusOf } from "../file-status.js";
import { fileWord, outputOf } from "./ffmpeg.js";

/** A video's picture stream. */
export interface VideoStream {
  /** Of all the file's streams. */
  readonly index: number;
  /** How many frames there may be, where that can be told. */
  readonly frames: number | undefined;
  /** A frame's usual duration in microseconds. */
  readonly frameUs: number;
  /** Bits a channel that are read: 16 for all above 8. */
  readonly bits: 8 | 16;
  readonly isInterlaced: boolean;
  /** The matrix between RGB and what is stored, as ffmpeg calls it, whether said or assumed. */
  readonly matrix: string;
  readonly primaries: string | undefined;
  readonly transfer: string | undefined;
  /** Whether some of it may be transparent. */
  readonly hasAlpha: boolean;
  /** As the file calls it. */
  readonly language: string | undefined;
  /** How wide a pixel is to its height, N/M. */
  readonly pixelAspect: string | undefined;
  /** The file's subtitles and attachments. */
  readonly others: readonly OtherStream[];
}

/** A stream beside pictures and sound. */
export interface OtherStream {
  readonly kind: "subtitle" | "attachment";
  /** Of all the file's streams. */
  readonly index: number;
  /** The file's name for it, or what ffmpeg calls its kind. */
  readonly name: string;
}

interface ProbedStream {
  readonly index: number;
  readonly codec_type: string;
  readonly codec_name?: string;
  readonly height?: number;
  readonly disposition?: { readonly attached_pic?: number };
  readonly pix_fmt?: string;
  readonly nb_frames?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly duration?: string;
  readonly field_order?: string;
  readonly color_space?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly sample_aspect_ratio?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const HD_LINES = 720; // players take BT.709 from here on where a file says nothing
const DEFAULT_RATE = 25;

/** @throws EsrganError "bad-input" if there is no such file, no video in it, or no ffprobe */
export async function probeVideo(path: string): Promise<VideoStream> {
  const purpose = `The video ${printable(path)} cannot be read`;
  const status = statusOf(path);
  const kind = status ? kindOfFile(status) : undefined;
  if (kind !== "file")
    throw new EsrganError("bad-input", `${purpose}: ${kind ? `it is ${kind}` : "there is no such file"}`);
  const { streams, format } = await probe(path, purpose);
  const found = streams.find((each) => each.codec_type === "video" && !each.disposition?.attached_pic);
  if (!found) throw new EsrganError("bad-input", `${purpose}: there are no moving pictures in it`);
  const rate = ratio(found.avg_frame_rate) ?? ratio(found.r_frame_rate) ?? DEFAULT_RATE;
  const seconds = Number(found.duration ?? format?.duration);
  const counted = Number(found.nb_frames) || Math.round(seconds * rate);
  return {
    index: found.index,
    frames: counted > 0 ? counted : undefined,
    frameUs: Math.round(1e6 / rate),
    bits: /(?:p|gray|gbrp|rgb|bgr)(?:9|10|12|14|16|48|64)|p0?1[0-6]|x2/.test(found.pix_fmt ?? "") ? 16 : 8,
    isInterlaced: !["progressive", "unknown", undefined].includes(found.field_order),
    matrix: known(found.color_space, ["gbr"]) ?? ((found.height ?? 0) >= HD_LINES ? "bt709" : "smpte170m"),
    primaries: known(found.color_primaries),
    transfer: known(found.color_transfer),
    hasAlpha:
      /^(?:yuva|gbrap|rgba|bgra|argb|abgr|ya\d|ayuv)/.test(found.pix_fmt ?? "") || found.tags?.alpha_mode === "1",
    language: found.tags?.language,
    pixelAspect: aspect(found.sample_aspect_ratio),
    others: streams.flatMap(otherStream),
  };
}

/** The subtitles and attachments of a file. @throws EsrganError "bad-input" if it is no video */
export async function otherStreams(path: string): Promise<readonly OtherStream[]> {
  const { streams } = await probe(path, `The video ${printable(path)} cannot be read`);
  return streams.flatMap(otherStream);
}

interface Probed {
  readonly streams: readonly ProbedStream[];
  readonly format?: { readonly duration?: string };
}

async function probe(path: string, purpose: string): Promise<Probed> {
  const words = ["-v", "error", "-of", "json", "-show_format", "-show_streams", fileWord(path)];
  const { streams = [], format } = JSON.parse(await outputOf("ffprobe", words, purpose)) as Partial<Probed>;
  return { streams, ...(format && { format }) };
}

function otherStream({ codec_type: kind, index, codec_name, tags }: ProbedStream): OtherStream[] {
  if (kind !== "subtitle" && kind !== "attachment") return [];
  return [{ kind, index, name: printable(tags?.filename ?? codec_name ?? "of an unknown kind") }];
}

function known(word: string | undefined, others: readonly string[] = []): string | undefined {
  return word === undefined || ["unknown", "reserved", ...others].includes(word) ? undefined : word;
}

function ratio(words = ""): number | undefined {
  const [above, below] = words.split("/").map(Number);
  return above && below ? above / below : undefined;
}

function aspect(words: string | undefined): string | undefined {
  const [across, down] = (words ?? "").split(":").map(Number);
  return across && down && across !== down ? `${across}/${down}` : undefined;
}
