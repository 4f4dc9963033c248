// The command esrgan-webgpu, from the command's words to the files. Owns the order of things and what is said; it runs in a process of its own
// (cli-process.ts), which bin.ts watches.
import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { EsrganError, type Model } from "../index.js";
import { type AdapterInfo, listAdapters } from "./adapters.js";
import { type Command, UsageError } from "./cli-arguments.js";
import { type Engine, type EngineProgress, openEngine } from "./engine.js";
import { printable, printableJson, systemPath } from "./file-name.js";
import { findModel, modelTitle } from "./find-model.js";
import { findInputs, type InputFile } from "./input-files.js";
import { mergeFiles } from "./merge.js";
import { isAboutMemory } from "./out-of-memory.js";
import { checkOutput, isDone, type Job, planJobs } from "./output-path.js";
import { pictureFormat, requireFits } from "./picture-format.js";
import { readPicture, readPictureSize } from "./read-picture.js";
import { upscaleTextures } from "./textures.js";
import { version } from "./version.js";
import { unwritable } from "./whole-file.js";
import { writePictureStrips } from "./write-picture.js";

/** Whom the command talks to. */
export interface Listener {
  /** A line for standard output; with --print0 a name as it is. */
  result(line: string): void;
  /** A line for standard error. */
  note(line: string): void;
  /** How far the work is on what is called so. */
  progress(label: string, progress: EngineProgress): void;
  /** Hears of a file to be removed if the process ends early, before it is there. */
  temporary(path: string): Promise<void> | void;
}

const PHOTO = fileURLToPath(new URL("../../examples/photo.png", import.meta.url));

/** Does what a command asks for. Returns the exit code. */
export async function runCommand(given: Command, listener: Listener, open = openEngine): Promise<number> {
  try {
    if (given.action === "list-adapters") {
      for (const info of await listAdapters()) listener.result(printable(describe(info)));
      return 0;
    }
    if (given.action === "textures") {
      const run = new Run(given, listener, open);
      try {
        return (await run.textures()) === 0 ? 0 : 1;
      } finally {
        run.close();
      }
    }
    const command = given.inputs.length > 0 ? given : withPhoto(given, listener);
    const { files, problems, leftOut } = findInputs(command.inputs, {
      recursive: command.recursive,
      except: command.output,
    });
    for (const problem of problems) listener.note(sentence(problem));
    if (files.length === 0) return 1;
    if (command.action === "merge") return (await mergeFiles(command, files, listener, problems.length)) ? 0 : 1;
    if (command.action === "upscale") checkOutput(command.output, files.length, command.format);
    const run = new Run(command, listener, open);
    try {
      const isFine = await (command.action === "plan" ? run.plan(files) : run.upscale(files, problems.length, leftOut));
      return isFine && problems.length === 0 ? 0 : 1;
    } finally {
      run.close();
    }
  } catch (error) {
    listener.note(sentence(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The command of somebody who gave no picture: the package's own, with the result in the folder out. */
function withPhoto(command: Command, listener: Listener): Command {
  if (command.action === "plan" || command.output !== undefined) return { ...command, inputs: [PHOTO] };
  try {
    mkdirSync("out", { recursive: true });
  } catch (cause) {
    throw new EsrganError("bad-input", "The folder out for the result cannot be made here; name an output with -o", {
      cause,
    });
  }
  if (!command.quiet)
    listener.note("no picture was given (see --help), so this is a photo that comes with the program");
  return { ...command, inputs: [PHOTO], output: "out" };
}

/** One engine, opened once the first picture has been read, and the pictures one after another. */
class Run {
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
    const { jobs, problems, refused } = planJobs(this.command.output, files, await this.scale(), this.command.format);
    for (const problem of problems) this.listener.note(sentence(problem));
    if (jobs.length === 0 && refused > 0) return false;
    const failed = bad + refused;
    const count = { written: 0, skipped: 0, failed, "not tried": jobs.length, "left out": leftOut };
    const isOne = jobs.length + failed === 1;
    for (const [index, job] of jobs.entries()) {
      count["not tried"]--;
      const name = printable(basename(job.input));
      try {
        if (this.command.resume && isDone(job)) {
          this.skip(job, isOne);
          count.skipped++;
        } else {
          await this.write(job, isOne ? name : `${index + 1}/${jobs.length} ${name}`);
          count.written++;
        }
      } catch (error) {
        this.listener.note(sentence(error));
        count.failed++;
        if (!this.canGoOn(error)) break;
      }
    }
    if (!(isOne && leftOut === 0) && !this.command.quiet) {
      const said = Object.entries(count).filter(([name, many]) => name === "written" || many > 0);
      this.listener.note(said.map(([name, many]) => `${many} ${name}`).join(", "));
    }
    return count.failed === 0;
  }

  private async write({ input, output }: Job, label: string): Promise<void> {
    const { command, listener } = this;
    const { pixels, frames, ...rest } = await readPicture(input, command);
    if (frames && command.frame === undefined) {
      listener.note(
        `${printable(input)}: it has ${frames} frames or pages, of which the first is taken; --frame takes another`,
      );
    }
    const engine = await this.opened();
    const { width, height, ...cost } = engine.plan(pixels);
    requireFits(output, pictureFormat(output), width, height);
    makeFolder(output);
    const started = performance.now();
    const strips = engine.strips(pixels, {
      onProgress: (progress) => listener.progress(label, progress),
      onNote: (note) => listener.note(`${printable(input)}: ${note}`),
    });
    const software = `esrgan-webgpu ${version()}, ${modelTitle(command.models)}`;
    await writePictureStrips(
      output,
      strips,
      { ...rest, width, height, software },
      (path) => listener.temporary(path),
      (note) => listener.note(`${printable(output)}: ${note}`),
      { quality: command.quality },
    );
    const durationMs = Math.round(performance.now() - started);

    if (command.json) {
      const { model, adapter, precision } = engine;
      const { dispatches, pipelines, peakBytes, weightBytes, tiles } = cost;
      const about = { input, output, model, width, height, adapter, precision, durationMs };
      listener.result(printableJson({ ...about, peakBytes, weightBytes, dispatches, pipelines, tiles }));
    } else if (!command.quiet) listener.result(command.print0 ? output : printable(output));
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
        const picture = await readPictureSize(input);
        const engine = await this.opened();
        const { model, adapter, precision } = engine;
        const about = { input, inputWidth: picture.width, inputHeight: picture.height, model };
        const how = { scale: await this.scale(), adapter, precision };
        this.listener.result(printableJson({ ...about, ...how, ...engine.plan(picture) }, 2));
      } catch (error) {
        this.listener.note(sentence(error));
        isFine = false;
        if (!this.canGoOn(error)) break;
      }
    }
    return isFine;
  }

  /** How many textures of the GLB file could not be made larger. */
  async textures(): Promise<number> {
    const { command, listener } = this;
    const failed = await upscaleTextures(command, {
      engine: () => this.opened(),
      scale: await this.scale(),
      note: (line) => listener.note(line),
      sentence,
      canGoOn: (error) => this.canGoOn(error),
      progress: (label, progress) => listener.progress(label, progress),
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
    mkdirSync(systemPath(dirname(output)), { recursive: true });
  } catch (error) {
    throw unwritable(output, error);
  }
}

function describe({ name, description, software, features }: AdapterInfo): string {
  const notes = [description, software ? "software" : "GPU", features.includes("shader-f16") ? "f16" : "no f16"];
  return `${name} (${notes.filter((note) => note && note !== name).join(", ")})`;
}

/** Whether it is about a package that is missing, which is no matter of one picture. */
function isNotInstalled({ cause }: EsrganError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === "MODULE_NOT_FOUND";
}

/** What went wrong, as one line. Names in it were made printable before, so that what breaks lines is a driver's or a library's. */
function sentence(error: unknown): string {
  const said = (error instanceof Error ? error.message : String(error)).replace(/\s*[\r\n]\s*/g, " ");
  if (error instanceof EsrganError || error instanceof UsageError) return printable(said);
  if (isAboutMemory(error)) return printable(`Memory ran out: ${said}`);
  return printable(`Something went wrong that should not have: ${said}`);
}
