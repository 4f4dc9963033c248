// A video's result in parts, which are whole or not there, so that a run that was ended goes on behind the last of them. Owns the folder that they
// are kept in beside the result, and how they become one file with the sound of the source.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { extname, join } from "node:path";
import { printable, systemPath } from "../file-name.js";
import { unwritable } from "../whole-file.js";
import { fileWord, outputOf } from "./ffmpeg.js";

/** What is known of a part that is whole; times from the source's start. */
export interface Part {
  readonly frames: number;
  readonly startUs: number;
  /** When the next part starts, or the last frame of all ends. */
  readonly endUs: number;
}

export class VideoParts {
  readonly parts: Part[] = [];
  /** Whether there were parts of another video or of other settings, which are gone. */
  readonly isRestarted: boolean;
  private readonly folder: string;

  /** Those parts of `output` that are there, made from what `origin` says. @throws EsrganError "bad-input" if the folder cannot be made */
  constructor(
    private readonly output: string,
    origin: unknown,
  ) {
    this.folder = `${output}.parts`;
    const said = JSON.stringify(origin);
    const before = this.read("origin.json");
    this.isRestarted = before !== said && this.read(this.about(0)) !== undefined;
    try {
      if (before !== said) {
        if (before !== undefined) this.remove();
        mkdirSync(systemPath(this.folder), { recursive: true });
        this.write("origin.json", said);
      }
    } catch (error) {
      throw unwritable(this.folder, error);
    }
    for (let text = this.read(this.about(0)); text !== undefined; text = this.read(this.about(this.parts.length))) {
      this.parts.push(JSON.parse(text) as Part);
    }
  }

  get frames(): number {
    return this.parts.reduce((sum, part) => sum + part.frames, 0);
  }

  /** The file that the next part is written to. */
  get next(): string {
    return this.path("next.nut");
  }

  /** Keeps that file as the next part. */
  async add(part: Part): Promise<void> {
    const file = await open(systemPath(this.next), "r");
    try {
      await file.sync(); // what says that it is whole must not reach the disk before it
    } finally {
      await file.close();
    }
    renameSync(systemPath(this.next), systemPath(this.path(this.video(this.parts.length))));
    this.write(this.about(this.parts.length), JSON.stringify(part));
    this.parts.push(part);
  }

  /**
   * Tries what join() will do, with two frames made by `encode` and a moment of the source's sound: what the output cannot hold is found out
   * before the work. @throws EsrganError "bad-input"
   */
  async tryJoin(source: string, width: number, height: number, encode: readonly string[]): Promise<void> {
    const frames = ["-f", "lavfi", "-i", `color=size=${width}x${height}:rate=25:duration=0.08,format=rgb24`];
    const trial = this.path(`trial${extname(this.output)}`);
    const copied = [...encode, "-c:a", "copy", "-c:s", "copy", "-t", "0.08"];
    await this.ffmpeg([...frames, "-i", fileWord(source), ...MAPS, ...copied, fileWord(trial)]);
    rmSync(systemPath(trial), { force: true });
  }

  /** Makes the output of all parts and of the source's sound, subtitles, chapters and tags, then removes the parts. */
  async join(source: string): Promise<void> {
    const list = this.path("list.txt");
    const lines = this.parts.map(
      ({ startUs, endUs }, i) => `file ${this.video(i)}\nduration ${seconds(endUs - startUs)}\n`,
    );
    writeFileSync(systemPath(list), `ffconcat version 1.0\n${lines.join("")}`);
    const whole = this.path(`whole${extname(this.output)}`);
    const parts = ["-itsoffset", seconds(this.parts[0]!.startUs), "-f", "concat", "-i", fileWord(list)];
    const fast = /\.(?:mp4|m4v|mov)$/i.test(whole) ? ["-movflags", "+faststart"] : [];
    const tags = ["-map_metadata", "1", "-map_chapters", "1"];
    await this.ffmpeg([...parts, "-i", fileWord(source), ...MAPS, ...tags, "-c", "copy", ...fast, fileWord(whole)]);
    try {
      renameSync(systemPath(whole), systemPath(this.output));
    } catch (error) {
      throw unwritable(this.output, error);
    }
    this.remove();
  }

  private async ffmpeg(words: readonly string[]): Promise<void> {
    const purpose = `The output ${printable(this.output)} cannot be written`;
    await outputOf("ffmpeg", ["-v", "error", "-nostdin", "-y", ...words], purpose);
  }

  private remove(): void {
    rmSync(systemPath(this.folder), { recursive: true, force: true });
  }

  private video(index: number): string {
    return `part-${String(index).padStart(6, "0")}.nut`;
  }

  private about(index: number): string {
    return `part-${String(index).padStart(6, "0")}.json`;
  }

  private path(name: string): string {
    return join(this.folder, name);
  }

  private read(name: string): string | undefined {
    try {
      return readFileSync(systemPath(this.path(name)), "utf8");
    } catch {
      return undefined;
    }
  }

  private write(name: string, text: string): void {
    const fresh = this.path("fresh.json");
    writeFileSync(systemPath(fresh), text, { flush: true });
    renameSync(systemPath(fresh), systemPath(this.path(name)));
  }
}

const MAPS = ["-map", "0:v:0", "-map", "1:a?", "-map", "1:s?"];

function seconds(us: number): string {
  return (us / 1e6).toFixed(6);
}
