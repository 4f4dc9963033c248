// The command `video`: a video's frames made larger one by one, its sound and timing kept. Owns the order of things; what is in memory is two frames
// of the source and a strip of the result.
import { dirname, extname } from "node:path";
import { EsrganError } from "../../index.js";
import type { Command } from "../cli-arguments.js";
import type { openEngine } from "../engine.js";
import { printable, printableJson } from "../file-name.js";
import { identity, statusOf } from "../file-status.js";
import { findModel } from "../find-model.js";
import type { Listener } from "../messages.js";
import { requireFolder } from "../output-path.js";
import { isStillFormat } from "../picture-format.js";
import { type DecodedFrames, decodeFrames, type Frame } from "./decoded-frames.js";
import { encodeWords, PartEncoder } from "./part-encoder.js";
import { probeVideo, type VideoStream } from "./probe-video.js";
import { type MadeFrames, VideoParts } from "./video-parts.js";

// Hardly visible losses; WebM has codecs of its own.
const ENCODE = "-c:v libx264 -crf 17 -preset medium";
const ENCODE_WEBM = "-c:v libvpx-vp9 -crf 24 -b:v 0 -row-mt 1";
const PART_FRAMES = 120;

/** @throws EsrganError */
export async function upscaleVideo(command: Command, listener: Listener, open: typeof openEngine): Promise<void> {
  const [input, output] = [command.inputs[0]!, command.output!];
  if (!/^\.\w+$/.test(extname(output))) {
    throw new EsrganError("bad-input", `The output ${printable(output)} has no ending to say what kind of video it is`);
  }
  if (isStillFormat(output)) {
    throw new EsrganError("bad-input", `The output ${printable(output)} is one picture by its ending, and no video`);
  }
  requireFolder(dirname(output), command.mkdir);
  const stream = await probeVideo(input);
  if (identity(output) !== undefined && identity(output) === identity(input)) {
    throw new EsrganError(
      "bad-input",
      `The output ${printable(output)} is the same file as the input ${printable(input)}`,
    );
  }
  if (stream.isInterlaced) {
    listener.note(`${printable(input)}: it is interlaced, and its frames are taken as they are; deinterlace it first`);
  }
  if (stream.hasAlpha) listener.note(`${printable(input)}: its transparency is left out, as the result has none`);
  const parts = await VideoParts.open(output, origin(command), listener.temporary);
  try {
    await upscaleInParts(command, listener, open, stream, parts);
  } finally {
    parts.close();
  }
}

async function upscaleInParts(
  command: Command,
  listener: Listener,
  open: typeof openEngine,
  stream: VideoStream,
  parts: VideoParts,
): Promise<void> {
  const [input, output] = [command.inputs[0]!, command.output!];
  if (parts.isRestarted) {
    listener.note(`${printable(output)}: an unfinished run with another video, model or options was begun anew`);
  }
  const started = performance.now();
  const kept = parts.frames;
  const decoded = decodeFrames(input, stream, kept);
  try {
    await new VideoRun(command, listener, open, stream, parts, decoded).run();
  } finally {
    decoded.stop();
  }
  const frames = parts.frames;
  if (frames === 0)
    throw new EsrganError("bad-input", `The video ${printable(input)} cannot be read: it has no frames`);
  const complaint = decoded.complaint();
  if (complaint) {
    const count = stream.frames && stream.frames > frames ? `${frames} of ${stream.frames}` : frames;
    listener.note(
      `${printable(input)}: it is cut off or damaged (ffmpeg says: ${printable(complaint)}); ${count} frames could be read`,
    );
  }
  await parts.join(input);
  if (command.json) {
    const durationMs = Math.round(performance.now() - started);
    listener.result(printableJson({ input, output, frames, resumedFrames: kept, durationMs }));
  } else if (!command.quiet) listener.result(command.print0 ? output : printable(output));
}

/** What parts have to agree in to make one video. */
function origin(command: Command): unknown {
  const { inputs, models, precision, backend, scale, tile, tta, encode } = command;
  const files = [inputs[0]!, ...models.map(({ name }) => name)].map((path) => {
    const status = statusOf(path);
    return status && [status.size, status.mtimeMs];
  });
  return { models, files, precision, backend, scale, tile, tta, encode };
}

class VideoRun {
  private encoder: PartEncoder | undefined;

  constructor(
    private readonly command: Command,
    private readonly listener: Listener,
    private readonly open: typeof openEngine,
    private readonly stream: VideoStream,
    private readonly parts: VideoParts,
    private readonly decoded: DecodedFrames,
  ) {}

  /** Makes the parts that are missing. */
  async run(): Promise<void> {
    const { frames } = this.decoded;
    let next = await frames.next();
    const { command, stream, parts } = this;
    const input = command.inputs[0]!;
    if (next.done) {
      if (parts.frames > 0) await this.tryJoin();
      return;
    }
    const engine = await this.open(await findModel(command.models), command);
    try {
      const { width, height } = engine.plan(next.value.pixels);
      const words = encodeWords(stream, this.userWords());
      await this.tryJoin({ width, height, encode: words });
      const startedMs = performance.now();
      const kept = parts.frames;
      let startUs = next.value.timeUs;
      for (let count = 0; !next.done; ) {
        const frame: Frame = next.value;
        const upcoming = frames.next(); // is decoded while this one is computed
        upcoming.catch(() => {});
        this.encoder ??= new PartEncoder(
          parts.next,
          { width, height, bits: stream.bits },
          this.decoded.timeBase()!,
          words,
          `The output ${printable(command.output!)} cannot be written`,
        );
        const done = parts.frames + count;
        const strips = engine.strips(frame.pixels, {
          onProgress: (part) => this.report(done + part.done / part.total, kept, startedMs),
          onNote: (note) => this.listener.note(`${printable(input)}: ${note}`),
        });
        // When a frame ends is known with the next one; the last lasts as long as is usual.
        const endUs = upcoming.then(({ value }) => value?.timeUs ?? frame.timeUs + stream.frameUs);
        const durationUs = endUs.then((us) => us - frame.timeUs);
        durationUs.catch(() => {});
        await this.encoder.add(strips, frame.timeUs - startUs, durationUs);
        next = await upcoming;
        count++;
        if (count < (command.partFrames ?? PART_FRAMES) && !next.done) continue;
        await this.encoder.end();
        this.encoder = undefined;
        await parts.add({ frames: count, startUs, endUs: await endUs });
        startUs = await endUs;
        count = 0;
      }
      this.listener.progress({ input }, { done: parts.frames, total: parts.frames, etaMs: 0 });
    } finally {
      this.encoder?.stop();
      engine.destroy();
    }
  }

  private async tryJoin(made?: MadeFrames): Promise<void> {
    const input = this.command.inputs[0]!;
    const notes = await this.parts.tryJoin(input, this.stream.others, made);
    for (const note of notes) this.listener.note(`${printable(input)}: ${note}`);
  }

  private userWords(): string[] {
    const { encode, output } = this.command;
    return (encode ?? (/\.webm$/i.test(output!) ? ENCODE_WEBM : ENCODE)).split(/\s+/).filter((word) => word !== "");
  }

  private report(done: number, kept: number, startedMs: number): void {
    const total = Math.max(this.stream.frames ?? 0, Math.ceil(done));
    const etaMs = ((performance.now() - startedMs) / Math.max(done - kept, 1e-3)) * (total - done);
    this.listener.progress({ input: this.command.inputs[0]! }, { done, total, etaMs });
  }
}
