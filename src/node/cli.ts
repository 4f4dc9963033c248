// The command esrgan-webgpu, from the command's words to the files. Owns the order of things and what is said; it runs in a process of its own
// (cli-process.ts), which bin.ts watches.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EsrganError } from "../index.js";
import { type AdapterInfo, listAdapters } from "./adapters.js";
import { type Command, UsageError } from "./cli-arguments.js";
import { type Engine, type EngineOptions, type EngineProgress, openEngine } from "./engine.js";
import { readPicture, readPictureSize, requireFits, writePicture } from "./image-file.js";
import { checkOutput, outputPaths } from "./output-path.js";

/** Whom the command talks to. */
export interface Listener {
  /** A line for standard output. */
  result(line: string): void;
  /** A line for standard error. */
  note(line: string): void;
  progress(input: string, progress: EngineProgress): void;
  /** Hears of a file to be removed if the process ends early, before it is there. */
  temporary(path: string): Promise<void> | void;
}

const PHOTO = fileURLToPath(new URL("../../examples/photo.png", import.meta.url));

/** Does what a command asks for. Returns the exit code. */
export async function runCommand(given: Command, listener: Listener, open = openEngine): Promise<number> {
  try {
    if (given.action === "list-adapters") {
      for (const info of await listAdapters()) listener.result(describe(info));
      return 0;
    }
    checkOutput(given.output, given.inputs);
    const command = given.inputs.length > 0 ? given : withPhoto(given, listener);
    const run = new Run(command, listener, open);
    try {
      return await run.all();
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
  private engine: Engine | undefined;
  private outputs: readonly string[] = [];
  private cannotRun = false;

  constructor(
    private readonly command: Command,
    private readonly listener: Listener,
    private readonly open: (options: EngineOptions) => Promise<Engine>,
  ) {}

  async all(): Promise<number> {
    let exitCode = 0;
    for (const [index, input] of this.command.inputs.entries()) {
      try {
        await (this.command.action === "plan" ? this.plan(input) : this.upscale(input, index));
      } catch (error) {
        // One bad picture is no reason to leave the others; what else there is would happen to them too.
        if (this.cannotRun || !(error instanceof EsrganError && error.code === "bad-input")) throw error;
        this.listener.note(sentence(error));
        exitCode = 1;
      }
    }
    return exitCode;
  }

  private async upscale(input: string, index: number): Promise<void> {
    const { pixels, ...rest } = await readPicture(input);
    const engine = await this.prepared();
    const output = this.outputs[index]!;
    const [width, height] = [pixels.width * engine.scale, pixels.height * engine.scale];
    requireFits(output, width, height);
    const started = performance.now();
    const larger = await engine.upscale(pixels, (progress) => this.listener.progress(input, progress));
    const durationMs = Math.round(performance.now() - started);
    await writePicture(output, { pixels: larger, ...rest }, (path) => this.listener.temporary(path));

    if (this.command.json) {
      const { model, adapter, precision } = engine;
      const { dispatches, pipelines, peakBytes, weightBytes } = engine.plan(pixels.width, pixels.height, pixels.bits);
      const size = { width: larger.width, height: larger.height };
      const cost = { durationMs, peakBytes, weightBytes, dispatches, pipelines };
      this.listener.result(JSON.stringify({ input, output, model, ...size, adapter, precision, ...cost }));
    } else if (!this.command.quiet) this.listener.result(output);
  }

  private async plan(input: string): Promise<void> {
    const { width, height, bits } = await readPictureSize(input);
    const engine = await this.prepared();
    const { model, scale, adapter, precision } = engine;
    const about = { input, inputWidth: width, inputHeight: height, model, scale, adapter, precision };
    this.listener.result(JSON.stringify({ ...about, ...engine.plan(width, height, bits) }, null, 2));
  }

  private async prepared(): Promise<Engine> {
    if (this.engine) return this.engine;
    this.cannotRun = true;
    const engine = await this.open(this.command);
    this.engine = engine;
    if (this.command.action === "upscale") {
      this.outputs = outputPaths(this.command.output, this.command.inputs, engine.scale);
    }
    this.cannotRun = false;
    return engine;
  }

  close(): void {
    this.engine?.destroy();
  }
}

function describe({ name, description, software, features }: AdapterInfo): string {
  const notes = [description, software ? "software" : "GPU", features.includes("shader-f16") ? "f16" : "no f16"];
  return `${name} (${notes.filter((note) => note && note !== name).join(", ")})`;
}

/** What went wrong, as one line. */
function sentence(error: unknown): string {
  if (error instanceof EsrganError || error instanceof UsageError) return error.message.replace(/\s+/g, " ");
  const said = error instanceof Error ? error.message : String(error);
  return `Something went wrong that should not have: ${said.replace(/\s+/g, " ")}`;
}
