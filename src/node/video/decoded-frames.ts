// The frames of a video as RGB values with their times, a frame at a time through a pipe: ffmpeg waits until one is taken. Owns the cutting of
// its output into frames, of which the filter "showinfo" tells size and time before they come.
import type { Readable } from "node:stream";
import { EsrganError, type Pixels } from "../../index.js";
import { printable } from "../file-name.js";
import { fileWord, startFfmpeg } from "./ffmpeg.js";
import type { VideoStream } from "./probe-video.js";

/** A frame as it is shown, upright. */
export interface Frame {
  readonly pixels: Pixels;
  /** When it is shown, from the file's start. */
  readonly timeUs: number;
}

/** What is asked of the encoder's clock. */
export interface TimeBase {
  readonly numerator: number;
  readonly denominator: number;
}

export interface DecodedFrames {
  readonly frames: AsyncGenerator<Frame, void>;
  /** The stream's time base; known once there is a frame. */
  timeBase(): TimeBase | undefined;
  /** What ffmpeg said against the file and went on; known once there are no more frames. */
  complaint(): string | undefined;
  stop(): void;
}

interface FrameInfo {
  readonly ticks: number | undefined;
  readonly width: number;
  readonly height: number;
}

const COMPLAINT = /\[(?:warning|error|fatal|panic)\]/; // beside these it tells what it does; and its own output's times are not the file's

/** All frames from the number `first` on. Those before are decoded too, as frames are made of others. */
export function decodeFrames(path: string, stream: VideoStream, first: number): DecodedFrames {
  const purpose = `The video ${printable(path)} cannot be read`;
  const infos = new Queue<FrameInfo>();
  let timeBase: TimeBase | undefined;
  const format = stream.bits === 16 ? "rgb48le" : "rgb24";
  const filters = [
    `select=gte(n\\,${first})`,
    "showinfo=checksum=0",
    `scale=in_color_matrix=${stream.matrix}:flags=bicubic+accurate_rnd+full_chroma_int`,
    `format=${format}`,
  ];
  const words = ["-hide_banner", "-nostats", "-v", "level+info", "-i", fileWord(path), "-map", `0:${stream.index}`];
  const out = ["-vf", filters.join(), "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"];
  const running = startFfmpeg("ffmpeg", [...words, ...out], purpose, (line) => {
    if (!line.includes("showinfo")) return !COMPLAINT.test(line) || line.startsWith("[rawvideo @");
    const base = /config in time_base: (\d+)\/(\d+)/.exec(line);
    if (base) timeBase = { numerator: Number(base[1]), denominator: Number(base[2]) };
    const info = /\bn: *\d+ pts: *(-?\d+|NOPTS)\b.* s:(\d+)x(\d+)/.exec(line);
    if (info) {
      const ticks = info[1] === "NOPTS" ? undefined : Number(info[1]);
      infos.push({ ticks, width: Number(info[2]), height: Number(info[3]) });
    }
    return true;
  });
  running.stdin.end();
  running.done.then(
    () => infos.close(),
    () => infos.close(),
  );

  async function* frames(): AsyncGenerator<Frame, void> {
    const bytes = new ExactReader(running.stdout);
    let size: FrameInfo | undefined;
    let timeUs = -1;
    for (let info = await infos.take(); info; info = await infos.take()) {
      size ??= info;
      const { width, height } = info;
      if (width !== size.width || height !== size.height) {
        const change = `from ${size.width}x${size.height} to ${width}x${height}`;
        throw new EsrganError("bad-input", `${purpose}: its pictures change ${change}; cut it there first`);
      }
      const data = await bytes.read(width * height * 3 * (stream.bits / 8));
      if (!data) break;
      const { numerator, denominator } = timeBase!;
      const said = info.ticks === undefined ? undefined : Math.round((info.ticks * numerator * 1e6) / denominator);
      // A clock that stands still or goes back, or is none: encoders need one that goes on.
      timeUs = said !== undefined && said > timeUs ? said : timeUs < 0 ? 0 : timeUs + stream.frameUs;
      const values = stream.bits === 16 ? new Uint16Array(data.buffer) : data;
      yield { timeUs, pixels: { data: values, width, height, channels: 3, bits: stream.bits } };
    }
    await running.done;
  }
  return { frames: frames(), timeBase: () => timeBase, complaint: running.firstError, stop: running.stop };
}

/** Reads so many bytes at a time from a stream, and asks it for no more than these take. */
class ExactReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** Undefined where the stream ends before. */
  async read(byteLength: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = new Uint8Array(byteLength);
    for (let at = 0; at < byteLength; ) {
      if (this.rest.length === 0) {
        const { value, done } = await this.chunks.next();
        if (done) return undefined;
        this.rest = value;
      }
      const part = this.rest.subarray(0, byteLength - at);
      bytes.set(part, at);
      at += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    return bytes;
  }
}

/** What one side puts in as it comes and the other takes as it needs it. */
class Queue<T> {
  private readonly items: T[] = [];
  private isClosed = false;
  private wake: (() => void) | undefined;

  push(item: T): void {
    this.items.push(item);
    this.wake?.();
  }

  close(): void {
    this.isClosed = true;
    this.wake?.();
  }

  /** Undefined once it is closed and empty. */
  async take(): Promise<T | undefined> {
    while (this.items.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.items.shift();
  }
}
