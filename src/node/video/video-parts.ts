// A video's result in parts, which are whole or not there, so that a run that was ended goes on behind the last of them. Owns the folder that they
// are kept in beside the result, which one run has at a time, and how they become one file with the sound of the source.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { crc32 } from "node:zlib";
import { printable, systemPath } from "../file-name.js";
import { FolderClaim } from "../folder-claim.js";
import type { OnTemporary } from "../temporary-file.js";
import { syncedFile, type TargetFile, targetFile, unwritable } from "../whole-file.js";
import { type CarriedStreams, fittingStreams } from "./carried-streams.js";
import { fileWord, outputOf } from "./ffmpeg.js";
import { type OtherStream, otherStreams } from "./probe-video.js";

/** What is known of a part that is whole; times from the source's start. */
export interface Part {
  readonly frames: number;
  readonly startUs: number;
  /** When the next part starts, or the last frame of all ends. */
  readonly endUs: number;
}

/** Frames as they will be: their size, and what ffmpeg is told of how they are stored. */
export interface MadeFrames {
  readonly width: number;
  readonly height: number;
  readonly encode: readonly string[];
}

const KEPT_FILE = /^(?:origin\.json|part-\d{6}\.(?:json|nut))$/;
const MAX_NAME_BYTES = 255;

export class VideoParts {
  readonly parts: Part[] = [];
  /** Whether there were parts of another video or of other settings, which are gone. */
  readonly isRestarted: boolean;
  private carried: CarriedStreams = { words: [], notes: [] };

  /** Those parts of `output` that are there, made from what `origin` says. @throws EsrganError "bad-input" if another run has them, or none can be */
  static async open(output: string, origin: unknown, onTemporary?: OnTemporary): Promise<VideoParts> {
    let claim: FolderClaim | undefined;
    try {
      const target = await targetFile(output);
      claim = await FolderClaim.take(partsFolder(target.path), onTemporary);
      return new VideoParts(output, target, claim, JSON.stringify(origin));
    } catch (error) {
      claim?.release();
      throw unwritable(output, error);
    }
  }

  private constructor(
    private readonly output: string,
    private readonly target: TargetFile,
    private readonly claim: FolderClaim,
    private readonly origin: string,
  ) {
    const isOther = this.read("origin.json") !== origin;
    this.isRestarted = isOther && this.read(this.about(0)) !== undefined;
    if (isOther) this.remove();
    for (let text = this.read(this.about(0)); text !== undefined; text = this.read(this.about(this.parts.length))) {
      this.parts.push(JSON.parse(text) as Part);
    }
  }

  /** Leaves the parts to the next run. */
  close(): void {
    this.claim.release();
  }

  get frames(): number {
    return this.parts.reduce((sum, part) => sum + part.frames, 0);
  }

  /** The file that the next part is written to. */
  get next(): string {
    return this.scratch("next.nut");
  }

  /** Keeps that file as the next part. */
  async add(part: Part): Promise<void> {
    this.requireHeld();
    if (this.parts.length === 0) this.write("origin.json", this.origin);
    await syncedFile(this.next); // what says that it is whole must not reach the disk before it
    renameSync(systemPath(this.next), systemPath(this.path(this.video(this.parts.length))));
    this.write(this.about(this.parts.length), JSON.stringify(part));
    this.parts.push(part);
  }

  /**
   * Tries what join() will do, with two frames of this size made by `encode`, or where all parts are there with the first of them, and a moment
   * of the source's sound: what the output cannot hold is found out before the work. Returns what is to be said of other streams that are
   * converted or left out. @throws EsrganError "bad-input"
   */
  async tryJoin(source: string, others: readonly OtherStream[], made?: MadeFrames): Promise<readonly string[]> {
    const size = made && `${made.width}x${made.height}`;
    const frames = size
      ? ["-f", "lavfi", "-i", `color=size=${size}:rate=25:duration=0.08,format=rgb24`]
      : ["-i", fileWord(this.path(this.video(0)))];
    const trial = this.scratch(`trial${extname(this.output)}`);
    const attempt = async (words: readonly string[]) => {
      const copied = [...(made?.encode ?? ["-c:v", "copy"]), "-c:a", "copy", "-t", "0.08"];
      await this.ffmpeg([...frames, "-i", fileWord(source), ...words, ...copied, fileWord(trial)]);
    };
    this.carried = await fittingStreams(others, async (words) => {
      await attempt(["-map", "0:v:0", ...words]);
      return await otherStreams(trial);
    });
    await attempt([...MAPS, ...this.carried.words]);
    rmSync(systemPath(trial), { force: true });
    return this.carried.notes;
  }

  /** Makes the output as tried, of all parts and of the source's sound, other streams, chapters and tags, then removes the parts. */
  async join(source: string): Promise<void> {
    this.requireHeld();
    const list = this.scratch("list.txt");
    const lines = this.parts.map(
      ({ startUs, endUs }, i) => `file ../${this.video(i)}\nduration ${seconds(endUs - startUs)}\n`,
    );
    writeFileSync(systemPath(list), `ffconcat version 1.0\n${lines.join("")}`);
    const whole = this.scratch(`whole${extname(this.output)}`);
    const concatenated = ["-f", "concat", "-safe", "0", "-i", fileWord(list)];
    const parts = ["-itsoffset", seconds(this.parts[0]!.startUs), ...concatenated];
    const fast = /\.(?:mp4|m4v|mov)$/i.test(whole) ? ["-movflags", "+faststart"] : [];
    const tags = ["-map_metadata", "1", "-map_chapters", "1"];
    await this.ffmpeg([
      ...parts,
      "-i",
      fileWord(source),
      ...MAPS,
      ...tags,
      "-c",
      "copy",
      ...this.carried.words,
      ...fast,
      fileWord(whole),
    ]);
    this.requireHeld();
    try {
      await syncedFile(whole, this.target.replaced);
      renameSync(systemPath(whole), systemPath(this.target.path));
    } catch (error) {
      throw unwritable(this.output, error);
    }
    this.remove();
  }

  private async ffmpeg(words: readonly string[]): Promise<void> {
    const purpose = `The output ${printable(this.output)} cannot be written`;
    await outputOf("ffmpeg", ["-v", "error", "-nostdin", "-y", ...words], purpose);
  }

  /** Removes the parts. What else is in the folder is not ours. */
  private remove(): void {
    const { folder } = this.claim;
    for (const name of readdirSync(systemPath(folder), "utf8")) {
      if (KEPT_FILE.test(name)) rmSync(systemPath(this.path(name)), { force: true });
    }
  }

  private requireHeld(): void {
    if (!this.claim.isHeld()) throw unwritable(this.output, new Error("another run has taken over"));
  }

  private video(index: number): string {
    return `part-${String(index).padStart(6, "0")}.nut`;
  }

  private about(index: number): string {
    return `part-${String(index).padStart(6, "0")}.json`;
  }

  private path(name: string): string {
    return join(this.claim.folder, name);
  }

  private scratch(name: string): string {
    return join(this.claim.own, name);
  }

  private read(name: string): string | undefined {
    try {
      return readFileSync(systemPath(this.path(name)), "utf8");
    } catch {
      return undefined;
    }
  }

  private write(name: string, text: string): void {
    const fresh = this.scratch("fresh.json");
    writeFileSync(systemPath(fresh), text, { flush: true });
    renameSync(systemPath(fresh), systemPath(this.path(name)));
  }
}

/** Beside the output, with its name as far as there is room for more. */
function partsFolder(output: string): string {
  const name = `${basename(output)}.parts`;
  const isShort = Buffer.byteLength(name) <= MAX_NAME_BYTES;
  return join(dirname(output), isShort ? name : `esrgan-webgpu-${crc32(name).toString(16)}.parts`);
}

const MAPS = ["-map", "0:v:0", "-map", "1:a?"];

function seconds(us: number): string {
  return (us / 1e6).toFixed(6);
}
