// Writes the frames of one part through ffmpeg. Owns the words that it is told, and that frames are waited for: it decides how fast they come.
import type { Strips } from "../strips.js";
import { requireWhole } from "../strips.js";
import type { TimeBase } from "./decoded-frames.js";
import { type FfmpegProcess, fileWord, startFfmpeg } from "./ffmpeg.js";
import { matroskaFrameEnd, matroskaFrameStart, matroskaHeader, type RawVideo } from "./matroska.js";
import type { VideoStream } from "./probe-video.js";

const FINEST = 90_000; // ticks a second of clocks that are finer than the microseconds that frames come with

/** What ffmpeg is told of how pictures are stored, the user's words among them. */
export function encodeWords(stream: VideoStream, words: readonly string[]): string[] {
  const { matrix, primaries, transfer, pixelAspect, language, bits } = stream;
  const format = bits === 16 ? "yuv420p10le" : "yuv420p";
  const filters = [
    `scale=out_color_matrix=${matrix}:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int`,
    `format=${format}`,
    ...(pixelAspect ? [`setsar=${pixelAspect}`] : []),
  ];
  return [
    ...["-vf", filters.join(), "-colorspace", matrix, "-color_range", "tv"],
    ...(primaries ? ["-color_primaries", primaries] : []),
    ...(transfer ? ["-color_trc", transfer] : []),
    ...(language ? ["-metadata:s:v:0", `language=${language}`] : []),
    ...words,
  ];
}

export class PartEncoder {
  private readonly running: FfmpegProcess;

  constructor(
    file: string,
    private readonly video: RawVideo,
    { numerator, denominator }: TimeBase,
    words: readonly string[],
    purpose: string,
  ) {
    const clock = denominator / numerator > FINEST ? `1:${FINEST}` : `${numerator}:${denominator}`;
    const input = ["-v", "error", "-y", "-f", "matroska", "-i", "pipe:0"];
    const timing = ["-fps_mode", "passthrough", "-enc_time_base", clock];
    this.running = startFfmpeg("ffmpeg", [...input, ...words, ...timing, "-f", "nut", fileWord(file)], purpose);
  }

  private isBegun = false;

  /** A frame, at a time from the part's start; its duration is asked for once its strips are there. */
  async add(strips: Strips, timeUs: number, durationUs: Promise<number>): Promise<void> {
    if (!this.isBegun) await this.write(matroskaHeader(this.video));
    this.isBegun = true;
    const { width, height, bits } = this.video;
    await this.write(matroskaFrameStart(timeUs, width * height * 3 * (bits / 8)));
    for await (const { data } of requireWhole(strips, this.video)) {
      await this.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    await this.write(matroskaFrameEnd(await durationUs));
  }

  /** Once the file is whole. */
  async end(): Promise<void> {
    this.running.stdin.end();
    await this.running.done;
  }

  stop(): void {
    this.running.stop();
  }

  private async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // Where the pipe breaks, the process's own end says more.
      this.running.stdin.write(bytes, (error) => {
        if (!error) resolve();
        else this.running.done.then(() => reject(error), reject);
      });
    });
  }
}
