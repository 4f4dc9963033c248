// Where a result goes: what -o and the inputs' names say, and what must not happen to files that are there. Nothing is written here.
import { statSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { EsrganError } from "../index.js";
import { UsageError } from "./cli-arguments.js";
import { statusOf } from "./file-status.js";
import { pictureFormat } from "./image-file.js";
/**
 * Checks before the work what -o says about where the results of this many inputs go.
 * @throws UsageError if it is one file for several inputs
 * @throws EsrganError "bad-input" if its folder is not there or its ending is no format's
 */
export function checkOutput(output, inputs) {
    if (output === undefined || isFolder(output))
        return;
    if (/[\\/]$/.test(output) || (parse(output).ext === "" && inputs > 1))
        throw noFolder(output);
    if (inputs > 1) {
        throw new UsageError(`The output ${output} is one file for ${inputs} inputs, which need a folder`);
    }
    pictureFormat(output);
    if (!isFolder(dirname(output)))
        throw noFolder(dirname(output));
}
/**
 * Where each input's result goes, in order. An input that was found, not named, and is where another's result goes is left out: it is that
 * result, of an earlier run.
 * @throws EsrganError "bad-input" if a file would be written twice or is an input itself
 */
export function planJobs(output, inputs, scale) {
    const jobs = inputs.map((input) => ({ input, output: outputPath(output, input, scale) }));
    const madeFrom = new Map(jobs.map((job) => [resolve(job.output), job.input]));
    const kept = jobs.filter(({ input }) => {
        const origin = madeFrom.get(resolve(input.path));
        return !input.isFound || origin === undefined || origin === input;
    });
    const inputsByIdentity = new Map(kept.map(({ input }) => [identity(input.path), input.path]));
    const takenBy = new Map();
    return kept.map(({ input: { path: input }, output }) => {
        const other = takenBy.get(resolve(output));
        if (other !== undefined)
            throw new EsrganError("bad-input", `Both ${other} and ${input} would be written to ${output}`);
        takenBy.set(resolve(output), input);
        const here = identity(output);
        const same = here && inputsByIdentity.get(here);
        if (same)
            throw new EsrganError("bad-input", `The output ${output} is the same file as the input ${same}`);
        return { input, output };
    });
}
/**
 * Whether the result is there already: a file newer than the input. No look into it is needed, as files appear once they are whole; what
 * it was made with is not asked.
 */
export function isDone({ input, output }) {
    const result = statusOf(output);
    return (result?.isFile() ?? false) && result.mtimeMs > (statusOf(input)?.mtimeMs ?? Infinity);
}
function outputPath(output, { path, subfolder }, scale) {
    const name = `${parse(path).name}-${scale}x.png`;
    if (output === undefined)
        return join(dirname(path), name);
    return isFolder(output) ? join(output, subfolder, name) : output;
}
function noFolder(path) {
    return new EsrganError("bad-input", `The folder ${path} does not exist`);
}
function isFolder(path) {
    return statusOf(path)?.isDirectory() ?? false;
}
/** What is the same for another name of the same file: a link, or another spelling where case does not count. Undefined without a file. */
function identity(path) {
    try {
        const { dev, ino } = statSync(path, { bigint: true });
        return `${dev}:${ino}`;
    }
    catch {
        return undefined;
    }
}
