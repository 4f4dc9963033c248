// The command esrgan-webgpu, from the command's words to the files. Owns the order of things and what is said; it runs in a process of its own
// (cli-process.ts), which bin.ts watches.
import { fileURLToPath } from "node:url";
import { EsrganError } from "../index.js";
import { type AdapterInfo, listAdapters } from "./adapters.js";
import { type Command, UsageError } from "./cli-arguments.js";
import { openEngine } from "./engine.js";
import { printable, printableJson } from "./file-name.js";
import { findInputs } from "./input-files.js";
import { makeFolders } from "./make-folders.js";
import { mergeFiles } from "./merge.js";
import type { Listener } from "./messages.js";
import { checkOutput } from "./output-path.js";
import { PictureRun } from "./picture-run.js";
import { errorReport, sentence } from "./sentence.js";
import { watchFolders } from "./watch-folders.js";

const PHOTO = fileURLToPath(new URL("../../examples/photo.png", import.meta.url));

/** Does what a command asks for. Returns the exit code. */
export async function runCommand(given: Command, listener: Listener, open = openEngine): Promise<number> {
  try {
    if (given.action === "list-adapters") {
      for (const info of await listAdapters()) listener.result(printable(describe(info)));
      return 0;
    }
    if (given.action === "textures") {
      const run = new PictureRun(given, listener, open);
      try {
        return (await run.textures()) === 0 ? 0 : 1;
      } finally {
        run.close();
      }
    }
    if (given.action === "video") {
      const { upscaleVideo } = await import("./video/upscale-video.js");
      await upscaleVideo(given, listener, open);
      return 0;
    }
    if (given.watch) return await watch(given, listener, open);
    const command = given.inputs.length > 0 ? given : withPhoto(given, listener);
    const { files, problems, leftOut } = findInputs(command.inputs, {
      recursive: command.recursive,
      except: command.output,
    });
    const run = new PictureRun(command, listener, open);
    for (const problem of problems) run.fail(problem);
    if (files.length === 0) return 1;
    if (command.action === "merge") return (await mergeFiles(command, files, listener, problems.length)) ? 0 : 1;
    if (command.action === "upscale") checkOutput(command, files.length);
    try {
      const isFine = await (command.action === "plan" ? run.plan(files) : run.upscale(files, problems.length, leftOut));
      return isFine && problems.length === 0 ? 0 : 1;
    } finally {
      run.close();
    }
  } catch (error) {
    listener.note(sentence(error));
    if (given.json) listener.result(printableJson({ error: errorReport(error) }));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function watch(command: Command, listener: Listener, open: typeof openEngine): Promise<number> {
  const run = new PictureRun(command, listener, open);
  try {
    await watchFolders(command, run, listener.signal);
    return 0;
  } finally {
    run.close();
  }
}

/** The command of somebody who gave no picture: the package's own, with the result in the folder out. */
function withPhoto(command: Command, listener: Listener): Command {
  if (command.action === "plan" || command.output !== undefined) return { ...command, inputs: [PHOTO] };
  try {
    makeFolders("out");
  } catch (cause) {
    throw new EsrganError("bad-input", "The folder out for the result cannot be made here; name an output with -o", {
      cause,
    });
  }
  if (!command.quiet)
    listener.note("no picture was given (see --help), so this is a photo that comes with the program");
  return { ...command, inputs: [PHOTO], output: "out" };
}

function describe({ name, description, software, features }: AdapterInfo): string {
  const notes = [description, software ? "software" : "GPU", features.includes("shader-f16") ? "f16" : "no f16"];
  return `${name} (${notes.filter((note) => note && note !== name).join(", ")})`;
}

export { writerTo } from "./standard-streams.js";
