// What a result has of its source beside pictures and sound: subtitles and attachments. Owns what of them a kind of file can hold, which is found
// out by trial, as versions of ffmpeg differ in it; ffmpeg is started by the caller.
import type { OtherStream } from "./probe-video.js";

/** Writes a moment of a result with what these words map. Returns which of these streams are found in it. */
export type Trial = (words: readonly string[]) => Promise<readonly OtherStream[]>;

/** How ffmpeg is told of streams of its second input, and what is to be said of those that could not be copied. */
export interface CarriedStreams {
  readonly words: readonly string[];
  readonly notes: readonly string[];
}

const SPECIFIERS = { subtitle: "s", attachment: "t" };
const TEXTS = ["mov_text", "subrip", "webvtt"]; // what subtitles of text are converted to: each kind of file has one of these or none

/** Each as it is where that can be, else converted, else left out. */
export async function fittingStreams(streams: readonly OtherStream[], attempt: Trial): Promise<CarriedStreams> {
  const copied = streams.map((stream): Choice => ({ stream, codec: "copy" }));
  if (await isHeld(copied, attempt)) return carry(copied);
  const choices: Choice[] = [];
  for (const stream of streams) choices.push(await choose(stream, attempt));
  return carry(choices);
}

interface Choice {
  readonly stream: OtherStream;
  /** Undefined where it is left out. */
  readonly codec: string | undefined;
}

async function choose(stream: OtherStream, attempt: Trial): Promise<Choice> {
  for (const codec of stream.kind === "subtitle" ? ["copy", ...TEXTS] : ["copy"]) {
    if (await isHeld([{ stream, codec }], attempt)) return { stream, codec };
  }
  return { stream, codec: undefined };
}

/** MPEG-TS takes any stream, but not all are what they were then. */
async function isHeld(choices: readonly Choice[], attempt: Trial): Promise<boolean> {
  if (choices.length === 0) return true;
  const written = await attempt(carry(choices).words).catch(() => []);
  return written.length === choices.length;
}

function carry(choices: readonly Choice[]): CarriedStreams {
  const words: string[] = [];
  const counts = { subtitle: 0, attachment: 0 };
  for (const { stream, codec } of choices) {
    if (codec === undefined) continue;
    words.push("-map", `1:${stream.index}`, `-c:${SPECIFIERS[stream.kind]}:${counts[stream.kind]++}`, codec);
  }
  const converted = choices.filter(({ codec }) => codec !== undefined && codec !== "copy");
  const leftOut = choices.filter(({ codec }) => codec === undefined);
  return {
    words,
    notes: [
      ...converted.map(({ stream, codec }) => `its ${named(stream)} is converted to ${codec}, without what that lacks`),
      ...leftOut.map(({ stream }) => `its ${named(stream)} is left out, as the result's kind of file cannot hold it`),
    ],
  };
}

function named({ kind, name }: OtherStream): string {
  return `${kind} ${name}`;
}
