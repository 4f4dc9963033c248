// The command with --watch: pictures are made larger as they come into folders. Owns which files are whole and which have been dealt with; it looks
// again and again, as file systems of other machines tell nobody of changes.
import { setTimeout as sleep } from "node:timers/promises";
import { EsrganError } from "../index.js";
import type { Command } from "./cli-arguments.js";
import { printable } from "./file-name.js";
import { identity, statusOf } from "./file-status.js";
import { findInputs } from "./input-files.js";
import { checkOutput, isDone } from "./output-path.js";
import type { PictureRun } from "./picture-run.js";
import { sentence } from "./sentence.js";

const LOOK_EVERY_MS = 500;

/**
 * Makes each picture in the folders larger once its file does not change between two looks, and again when it has changed, until the signal says
 * so. What was done before and is newer is left out, and so is a picture that failed until its file changes.
 * @throws EsrganError "bad-input" if an input is no folder; "internal" where the GPU is lost, as nothing after it would go well
 */
export async function watchFolders(command: Command, run: PictureRun, signal?: AbortSignal): Promise<void> {
  for (const input of command.inputs) {
    if (statusOf(input)?.isDirectory()) {
      if (identity(input) !== identity(command.output!)) continue;
      throw new EsrganError("bad-input", `The folder ${printable(input)} is watched, and its results need another`);
    }
    throw new EsrganError("bad-input", `The input ${printable(input)} is no folder, and --watch is for folders`);
  }
  checkOutput(command, Number.POSITIVE_INFINITY);
  let before = new Map<string, string>(); // what each file was like at the last look
  let settled = new Map<string, string>(); // and what those were like that have been dealt with
  let taken = new Set<string>(); // files that this run has read: whether a newer result is of what they are now, times do not tell
  let said = new Set<string>();
  while (!signal?.aborted) {
    const isThere = (input: string) => statusOf(input)?.isDirectory() ?? false;
    const gone = command.inputs.filter((input) => !isThere(input)).map(missing);
    const { files, problems: unreadable } = findInputs(command.inputs.filter(isThere), {
      recursive: command.recursive,
      except: command.output,
      allowNone: true,
    });
    const now = new Map(files.map(({ path }) => [path, likeness(path)]));
    settled = new Map([...settled].filter(([path, like]) => now.get(path) === like));
    taken = new Set([...taken].filter((path) => now.has(path)));
    const { jobs, problems: clashes } = await run.jobs(files);
    const problems = [...gone, ...unreadable, ...clashes];
    for (const problem of problems) if (!said.has(sentence(problem))) run.fail(problem);
    said = new Set(problems.map(sentence));
    for (const job of jobs) {
      if (signal?.aborted) return;
      const like = now.get(job.input)!;
      if (before.get(job.input) !== like || settled.has(job.input)) continue;
      settled.set(job.input, like);
      if (!taken.has(job.input) && isDone(job)) continue;
      taken.add(job.input);
      if ((await run.tryToWrite(job)) === "hopeless") {
        throw new EsrganError("internal", "The folder is watched no longer, as no other picture would go well");
      }
    }
    before = now;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

function missing(folder: string): EsrganError {
  return new EsrganError(
    "bad-input",
    `The folder ${printable(folder)} is no longer there; it is watched again once it is`,
  );
}

/** What of a file changes while it is written. */
function likeness(path: string): string {
  const status = statusOf(path);
  return status ? `${status.ino} ${status.size} ${status.mtimeMs}` : "";
}
