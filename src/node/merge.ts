// The command merge, from the frames' files to the one that is written. Owns the order of things; bad frames stop it, as the rest would make
// another picture than was asked for.
import { EsrganError, type Pixels } from "../index.js";
import { type SuperResolveOptions, superResolve, superResolveOnCpu } from "../multi-frame/index.js";
import { openDevice } from "./adapters.js";
import type { Command } from "./cli-arguments.js";
import { printable, printableJson } from "./file-name.js";
import type { InputFile } from "./input-files.js";
import type { Listener } from "./messages.js";
import { checkOutput, planJobs } from "./output-path.js";
import { pictureFormat, requireFits } from "./picture-format.js";
import { readPicture } from "./read-picture.js";
import { version } from "./version.js";
import { writePicture } from "./write-picture.js";

/**
 * Merges the files' pictures into one file. Gives whether that was done; `bad` inputs before stop it.
 * @throws EsrganError as readPicture, superResolve and writePicture; UsageError
 */
export async function mergeFiles(
  command: Command,
  files: readonly InputFile[],
  listener: Listener,
  bad: number,
): Promise<boolean> {
  if (bad > 0) return false;
  const output = outputOf(command, files);
  const started = performance.now();
  const pictures = [];
  for (const { path } of files) pictures.push(await readPicture(path));
  const [first] = pictures as [(typeof pictures)[number]];
  const { scale = 1, json, quiet, print0, merge } = command;
  requireFits(output, pictureFormat(output), first.pixels.width * scale, first.pixels.height * scale);
  const frames = pictures.map(({ pixels }) => pixels);
  const { pixels, adapter } = await merged(command, frames, listener);
  const software = `esrgan-webgpu ${version()}, ${merge!.method} of ${frames.length} frames`;
  await writePicture(
    output,
    { ...first, pixels, software },
    (path) => listener.temporary(path),
    (note) => listener.note(`${printable(output)}: ${note}`),
    { quality: command.quality },
  );
  const { width, height } = pixels;
  if (json) {
    const durationMs = Math.round(performance.now() - started);
    const inputs = files.map(({ path }) => path);
    listener.result(printableJson({ inputs, output, method: merge!.method, width, height, adapter, durationMs }));
  } else if (!quiet) listener.result(print0 ? output : printable(output));
  return true;
}

/** @throws EsrganError "bad-input" if the output is one of the frames; UsageError */
function outputOf(command: Command, files: readonly InputFile[]): string {
  const { output, scale = 1 } = command;
  checkOutput(command, 1);
  const place = (into: string | undefined, file: InputFile) => {
    const { jobs, problems } = planJobs(into, [file], {
      template: command.name,
      scale: String(scale),
      model: "merge",
      format: undefined,
    });
    if (!jobs[0]) throw problems[0];
    return jobs[0].output;
  };
  const chosen = place(output, files[0]!);
  for (const file of files.slice(1)) place(chosen, file);
  return chosen;
}

async function merged(
  { merge, backend, adapter, memoryBudget }: Command,
  frames: readonly Pixels[],
  listener: Listener,
): Promise<{ pixels: Pixels; adapter: string }> {
  const onProgress: NonNullable<SuperResolveOptions["onProgress"]> = (progress) =>
    listener.progress({ input: "merge" }, progress);
  if (backend === "cpu") {
    if (adapter !== undefined || memoryBudget !== undefined) {
      const what = adapter === undefined ? "a memory budget" : `the adapter ${adapter}`;
      throw new EsrganError("bad-input", `The backend cpu merges frames as they are and cannot use ${what}`);
    }
    const onCpu = ({ done, total }: { done: number; total: number }) =>
      listener.progress({ input: "merge" }, { done, total });
    return { pixels: superResolveOnCpu(frames, { ...merge, onProgress: onCpu }), adapter: "cpu" };
  }
  const opened = await openDevice(adapter === undefined ? {} : { adapter });
  try {
    const pixels = await superResolve(opened.device, frames, { ...merge, memoryBudget, onProgress, output: "pixels" });
    return { pixels, adapter: opened.name };
  } finally {
    opened.destroy();
  }
}
