// The pictures of a command, one after another. Owns the engine, the order of things with each picture, and what is said of it.
import { dirname } from "node:path";
import { EsrganError, type Model } from "../index.js";
import { type Command, STANDARD } from "./cli-arguments.js";
import type { Engine, openEngine } from "./engine.js";
import { printable, printableJson } from "./file-name.js";
import { findModel, modelTitle } from "./find-model.js";
import type { InputFile } from "./input-files.js";
import { makeFolders } from "./make-folders.js";
import type { Listener, Subject } from "./messages.js";
import { isDone, type Job, type PlannedJobs, planJobs } from "./output-path.js";
import { pictureFormat, requireFits } from "./picture-format.js";
import { MAX_FILE_BYTES, type PictureFile, readPicture, readPictureSize } from "./read-picture.js";
import { modelStem } from "./result-name.js";
import { errorReport, sentence } from "./sentence.js";
import { readStandardInput } from "./standard-streams.js";
import { version } from "./version.js";
import { unwritable } from "./whole-file.js";
import { writePictureStrips, writeStrips } from "./write-picture.js";

/** One engine, opened once the first picture has been read, and the pictures one after another. */
export class PictureRun {
  private model: Model | undefined;
  private engine: Engine | undefined;
  private cannotRun = false;

  constructor(
    private readonly command: Command,
    private readonly listener: Listener,
    private readonly open: typeof openEngine,
  ) {}

  /** Whether all went well with these, and with the `bad` inputs before. Of what was found other files were `leftOut`. */
  async upscale(files: readonly InputFile[], bad: number, leftOut: number): Promise<boolean> {
    const { jobs, problems, refused } = await this.jobs(files);
    for (const problem of problems) this.fail(problem);
    if (jobs.length === 0 && refused > 0) return false;
    const failed = bad + refused;
    const count = { written: 0, skipped: 0, failed, "not tried": jobs.length, "left out": leftOut };
    const isOne = jobs.length + failed === 1;
    for (const [index, job] of jobs.entries()) {
      count["not tried"]--;
      if (this.command.resume && isDone(job)) {
        this.skip(job, isOne);
        count.skipped++;
        continue;
      }
      const outcome = await this.tryToWrite(job, isOne ? {} : { index: index + 1, count: jobs.length });
      count[outcome === "written" ? outcome : "failed"]++;
      if (outcome === "hopeless") break;
    }
    if (!(isOne && leftOut === 0) && !this.command.quiet) {
      const said = Object.entries(count).filter(([name, many]) => name === "written" || many > 0);
      this.listener.note(said.map(([name, many]) => `${many} ${name}`).join(", "));
    }
    return count.failed === 0;
  }

  /** Where the results of these files go. */
  async jobs(files: readonly InputFile[]): Promise<PlannedJobs> {
    const { output, format, name, models } = this.command;
    const model = modelStem(models);
    return planJobs(output, files, { template: name, scale: String(await this.scale()), model, format });
  }

  /** Makes one picture larger. "hopeless" is a failure that the others would meet too. */
  async tryToWrite(job: Job, place: Omit<Subject, "input"> = {}): Promise<"written" | "failed" | "hopeless"> {
    try {
      await this.write(job, { input: job.input, ...place });
      return "written";
    } catch (error) {
      this.fail(error, job);
      return this.canGoOn(error) ? "failed" : "hopeless";
    }
  }

  /** Says what went wrong, of a picture or of several. */
  fail(error: unknown, job?: Job): void {
    this.listener.note(sentence(error));
    if (this.command.json) this.listener.result(printableJson({ ...job, error: errorReport(error) }));
  }

  private async write({ input, output }: Job, subject: Subject): Promise<void> {
    const { command, listener } = this;
    const { maxPixels, frame } = command;
    const { pixels, frames, isFirstOnly, ...rest } = await readPicture(await this.file(input), { maxPixels, frame });
    if (frames && command.frame === undefined) {
      const which = isFirstOnly
        ? "frames, of which only the first can be read"
        : "frames or pages, of which the first is taken; --frame takes another";
      listener.note(`${printable(input)}: it has ${frames} ${which}`);
    }
    const engine = await this.opened();
    const { width, height, ...cost } = engine.plan(pixels);
    const isStandard = output === STANDARD;
    const format = isStandard ? (command.format ?? "png") : pictureFormat(output);
    requireFits(output, format, width, height);
    if (!isStandard) makeFolder(output);
    const started = performance.now();
    const strips = engine.strips(pixels, {
      onProgress: (progress) => listener.progress(subject, progress),
      onNote: (note) => listener.note(`${printable(input)}: ${note}`),
    });
    const software = `esrgan-webgpu ${version()}, ${modelTitle(command.models)}`;
    const larger = { ...rest, width, height, software };
    const onNote = (note: string) => listener.note(`${printable(output)}: ${note}`);
    const options = { format, quality: command.quality };
    if (isStandard) {
      const write = (bytes: Uint8Array) =>
        listener.standardOutput(bytes).catch((error) => Promise.reject(unwritable(output, error)));
      await writeStrips(output, strips, larger, write, onNote, options);
      return;
    }
    await writePictureStrips(output, strips, larger, (path) => listener.temporary(path), onNote, options);
    const durationMs = Math.round(performance.now() - started);

    if (command.json) {
      const { model, adapter, precision } = engine;
      const { dispatches, pipelines, peakBytes, weightBytes, tiles } = cost;
      const about = { input, output, model, width, height, adapter, precision, durationMs };
      listener.result(printableJson({ ...about, peakBytes, weightBytes, dispatches, pipelines, tiles }));
    } else if (!command.quiet) listener.result(command.print0 ? output : printable(output));
  }

  private async file(input: string): Promise<PictureFile> {
    if (input !== STANDARD) return input;
    return { name: input, bytes: await readStandardInput(this.listener.standardInput(), MAX_FILE_BYTES) };
  }

  private skip({ input, output }: Job, isOne: boolean): void {
    if (this.command.json) this.listener.result(printableJson({ input, output, skipped: true }));
    else if (isOne && !this.command.quiet) {
      this.listener.note(`${printable(output)} is there and newer than ${printable(input)}, which is left out`);
    }
  }

  /** Whether all could be planned. */
  async plan(files: readonly InputFile[]): Promise<boolean> {
    let isFine = true;
    for (const { path: input } of files) {
      try {
        const picture = await readPictureSize(await this.file(input));
        const engine = await this.opened();
        const { model, adapter, precision } = engine;
        const about = { input, inputWidth: picture.width, inputHeight: picture.height, model };
        const how = { scale: await this.scale(), adapter, precision };
        this.listener.result(printableJson({ ...about, ...how, ...engine.plan(picture) }, 2));
      } catch (error) {
        this.fail(error);
        isFine = false;
        if (!this.canGoOn(error)) break;
      }
    }
    return isFine;
  }

  /** How many textures of the GLB file could not be made larger. */
  async textures(): Promise<number> {
    const { command, listener } = this;
    const { upscaleTextures } = await import("./textures.js");
    const failed = await upscaleTextures(command, {
      engine: () => this.opened(),
      scale: await this.scale(),
      note: (line) => listener.note(line),
      sentence,
      canGoOn: (error) => this.canGoOn(error),
      progress: (input, progress) => listener.progress({ input }, progress),
      temporary: (path) => listener.temporary(path),
    });
    if (!command.quiet) listener.result(command.print0 ? command.output! : printable(command.output!));
    return failed;
  }

  /** Whether an error may be about one picture, which is no reason to leave the others: what else there is would happen to them too. */
  private canGoOn(error: unknown): boolean {
    if (this.cannotRun) return false;
    if (!(error instanceof EsrganError)) return true;
    if (isNotInstalled(error)) return false;
    return error.code !== "device-lost" && error.code !== "internal";
  }

  private async scale(): Promise<number> {
    return this.command.scale ?? (await this.loaded()).network.scale;
  }

  private async loaded(): Promise<Model> {
    this.model ??= await findModel(this.command.models);
    return this.model;
  }

  private async opened(): Promise<Engine> {
    if (this.engine) return this.engine;
    this.cannotRun = true;
    this.engine = await this.open(await this.loaded(), this.command);
    this.cannotRun = false;
    return this.engine;
  }

  close(): void {
    this.engine?.destroy();
  }
}

/** The folders that are wanted below the output folder. */
function makeFolder(output: string): void {
  try {
    makeFolders(dirname(output));
  } catch (error) {
    throw unwritable(output, error);
  }
}

/** Whether it is about a package that is missing, which is no matter of one picture. */
function isNotInstalled({ cause }: EsrganError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === "MODULE_NOT_FOUND";
}
