// Where a result goes: what -o and the inputs' names say, and what must not happen to files that are there. Nothing is written here.
import { basename, dirname, join, parse, resolve } from "node:path";
import { EsrganError } from "../index.js";
import { type Command, DEFAULT_NAME, STANDARD, UsageError } from "./cli-arguments.js";
import { printable } from "./file-name.js";
import { IGNORE_CASE, identity, statusOf } from "./file-status.js";
import type { InputFile } from "./input-files.js";
import { makeFolders } from "./make-folders.js";
import { FORMAT_NAMES, formatEnding, type PictureFormat, pictureFormat } from "./picture-format.js";
import { type NameParts, resultName } from "./result-name.js";
import { unwritable } from "./whole-file.js";

/** A picture to be read, and where its result goes. */
export interface Job {
  readonly input: string;
  readonly output: string;
}

/** What of a command says where results go. */
export type OutputWish = Pick<Command, "output" | "format" | "name" | "mkdir">;

/**
 * Checks before the work what -o says about where the results of this many inputs go, and makes the folder that --mkdir asks for.
 * @throws UsageError if it is one file for several inputs
 * @throws EsrganError "bad-input" if its folder is not there or its ending is no format's
 */
export function checkOutput({ output, format, name, mkdir }: OutputWish, inputs: number): void {
  if (output === undefined || (output !== STANDARD && isFolder(output))) return;
  if (output !== STANDARD && (/[\\/]$/.test(output) || (parse(output).ext === "" && (mkdir || inputs > 1)))) {
    requireFolder(output, mkdir);
    return;
  }
  const printed = output === STANDARD ? "standard output" : printable(output);
  if (inputs > 1) {
    throw new UsageError(`The output ${printed} is one file for ${inputs} inputs, which need a folder`);
  }
  if (name !== DEFAULT_NAME) {
    throw new UsageError(`The output ${printed} is a file, and --name is for results that -o does not name`);
  }
  if (output === STANDARD) return;
  const named = pictureFormat(output);
  if (format !== undefined && format !== named) {
    throw new UsageError(
      `The output ${printed} is a ${FORMAT_NAMES[named]} by its ending, and --format says ${format}`,
    );
  }
  requireFolder(dirname(output), mkdir);
}

/** @throws EsrganError "bad-input" if the folder is not there, unless it is to be made and can be */
export function requireFolder(path: string, mkdir: boolean): void {
  if (isFolder(path)) return;
  if (!mkdir) throw new EsrganError("bad-input", `The folder ${printable(path)} does not exist; --mkdir makes it`);
  try {
    makeFolders(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** How results are called that no -o names. */
export interface ResultNames extends Omit<NameParts, "stem"> {
  readonly template: string;
  readonly format?: PictureFormat | undefined;
}

/** What there is to do, and what of it cannot be done. */
export interface PlannedJobs {
  readonly jobs: readonly Job[];
  /** One for results that would be one file, whose inputs are left out, or that are an input themselves. */
  readonly problems: readonly EsrganError[];
  /** How many inputs are left out for these. */
  readonly refused: number;
}

/**
 * Where each input's result goes, in order. An input that was found, not named, and is where another's result goes is left out: it is that
 * result, of an earlier run. Nothing is written over an input, nor one result over another.
 */
export function planJobs(output: string | undefined, inputs: readonly InputFile[], names: ResultNames): PlannedJobs {
  const wanted = inputs.map((input) => ({ input, output: outputPath(output, input, names) }));
  const madeFrom = new Map(wanted.map((job) => [place(job.output), job.input]));
  const kept = wanted.filter(({ input }) => {
    const origin = madeFrom.get(place(input.path));
    return !input.isFound || origin === undefined || origin === input;
  });

  const inputsByIdentity = new Map(kept.map(({ input }) => [identity(input.path), input.path]));
  const byPlace = new Map<string, typeof kept>();
  for (const job of kept) byPlace.set(place(job.output), [...(byPlace.get(place(job.output)) ?? []), job]);
  const problems: EsrganError[] = [];
  const jobs: Job[] = [];
  for (const rivals of byPlace.values()) {
    const [{ input, output }] = rivals as [(typeof kept)[number]];
    const here = identity(output);
    const same = here && inputsByIdentity.get(here);
    if (same) problems.push(overwriting(output, same));
    else if (rivals.length > 1) problems.push(clash(rivals));
    else jobs.push({ input: input.path, output });
  }
  return { jobs, problems, refused: kept.length - jobs.length };
}

function overwriting(output: string, input: string): EsrganError {
  const message = `The output ${printable(output)} is the same file as the input ${printable(input)}`;
  return new EsrganError("bad-input", message);
}

function clash(rivals: readonly { readonly input: InputFile; readonly output: string }[]): EsrganError {
  const names = rivals.map(({ input }) => printable(input.path));
  const last = names.pop()!;
  const all = names.length === 1 ? `Both ${names[0]} and ${last}` : `All of ${names.join(", ")} and ${last}`;
  return new EsrganError("bad-input", `${all} would be written to ${printable(rivals[0]!.output)}`);
}

/**
 * Whether the result is there already: a file newer than the input. No look into it is needed, as files appear once they are whole; what
 * it was made with is not asked.
 */
export function isDone({ input, output }: Job): boolean {
  if (input === STANDARD) return false;
  const result = statusOf(output);
  return (result?.isFile() ?? false) && result!.mtimeMs > (statusOf(input)?.mtimeMs ?? Infinity);
}

function outputPath(
  output: string | undefined,
  { path, subfolder }: InputFile,
  { template, format = "png", ...parts }: ResultNames,
): string {
  if (output === STANDARD) return output;
  const stem = path === STANDARD ? "stdin" : parse(path).name;
  const name = `${resultName(template, { stem, ...parts })}${formatEnding(format)}`;
  if (output === undefined) return join(dirname(path), name);
  return isFolder(output) ? join(output, subfolder, name) : output;
}

function isFolder(path: string): boolean {
  return statusOf(path)?.isDirectory() ?? false;
}

/** What is the same for all names of the place where a file is to be: folders may have several, and case may not count. */
function place(path: string): string {
  const name = IGNORE_CASE ? basename(path).toLowerCase() : basename(path);
  return `${identity(dirname(path)) ?? resolve(dirname(path))}/${name}`;
}
