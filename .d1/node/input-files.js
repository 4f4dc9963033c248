// Which pictures the inputs of a command are: files, what is in folders, what patterns stand for. Owns the looking; nothing is read.
import { readdirSync } from "node:fs";
import { dirname, join, parse, relative, resolve, sep } from "node:path";
import { EsrganError } from "../index.js";
import { fileReason, statusOf } from "./file-status.js";
import { isPattern, matches } from "./glob.js";
import { hasPictureEnding } from "./image-file.js";
const byNumber = new Intl.Collator("en", { numeric: true }); // 2.png before 10.png
const IGNORE_CASE = process.platform === "win32" || process.platform === "darwin"; // as file names there do
/**
 * The files that the inputs stand for, in order, those of a folder or a pattern in natural order and each once. Of folders and patterns only
 * files that end as pictures do count, and none whose name begins with a dot. What is neither is taken for a file, there or not.
 */
export function findInputs(inputs, options) {
    const search = new Search(options);
    for (const input of inputs)
        search.add(input);
    return search;
}
class Search {
    options;
    files = [];
    problems = [];
    seen = new Set();
    except;
    constructor(options) {
        this.options = options;
        this.except = options.except === undefined ? undefined : resolve(options.except);
    }
    add(input) {
        const status = statusOf(input);
        if (status?.isDirectory())
            this.addFound(input, this.inFolder(input), `is in the folder ${input}`);
        else if (!status && isPattern(input)) {
            const { base, segments } = splitPattern(input);
            this.addFound(base, this.below(base, segments), `has a name like ${input}`);
        }
        else
            this.addFile({ path: input, subfolder: "", isFound: false });
    }
    addFound(base, paths, what) {
        const problemsBefore = this.problems.length;
        let found = 0;
        for (const path of paths) {
            this.addFile({ path, subfolder: relative(base, dirname(path)), isFound: true });
            found++;
        }
        if (found > 0 || this.problems.length > problemsBefore)
            return;
        this.problems.push(new EsrganError("bad-input", `No picture (.png, .jpg, .jpeg or .webp) ${what}`));
    }
    addFile(file) {
        const whole = resolve(file.path);
        if (!this.seen.has(whole))
            this.files.push(file);
        this.seen.add(whole);
    }
    *inFolder(folder) {
        for (const entry of this.list(folder)) {
            const path = join(folder, entry.name);
            if (entry.name.startsWith("."))
                continue;
            if (this.options.recursive && this.isSearched(entry, path))
                yield* this.inFolder(path);
            else if (isPictureFile(entry, path))
                yield path;
        }
    }
    /** The files below a folder whose names, folder by folder, are as these segments say. */
    *below(folder, [segment, ...rest]) {
        if (segment === undefined)
            return;
        if (segment === "**")
            yield* this.below(folder, rest);
        for (const entry of this.list(folder)) {
            const path = join(folder, entry.name);
            if (segment === "**") {
                if (!entry.name.startsWith(".") && this.isSearched(entry, path))
                    yield* this.below(path, [segment, ...rest]);
            }
            else if (matches(segment, entry.name, IGNORE_CASE)) {
                if (rest.length > 0 && (entry.isDirectory() || entry.isSymbolicLink()))
                    yield* this.below(path, rest);
                else if (rest.length === 0 && isPictureFile(entry, path))
                    yield path;
            }
        }
    }
    /** Links are not followed, as they may lead back. */
    isSearched(entry, path) {
        return entry.isDirectory() && resolve(path) !== this.except;
    }
    list(folder) {
        try {
            const entries = readdirSync(folder, { withFileTypes: true });
            return entries.sort((a, b) => byNumber.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
        }
        catch (cause) {
            if (isNoFolder(cause))
                return [];
            const message = `The folder ${folder} cannot be looked into: ${fileReason(cause)}`;
            this.problems.push(new EsrganError("bad-input", message, { cause }));
            return [];
        }
    }
}
function isNoFolder(error) {
    return ["ENOENT", "ENOTDIR"].includes(error.code ?? "");
}
function isPictureFile(entry, path) {
    if (!hasPictureEnding(entry.name))
        return false;
    return entry.isFile() || (statusOf(path)?.isFile() ?? false);
}
/** The folder before the first part that may stand for others, and the parts from there on. */
function splitPattern(pattern) {
    const { root } = parse(pattern);
    // A backslash parts a path only where it does in file names.
    const all = pattern.slice(root.length).split(sep === "\\" ? /[\\/]+/ : /\/+/);
    const first = all.findIndex(isPattern);
    const segments = all.slice(first).filter((segment) => segment !== "");
    return {
        base: join(root, ...all.slice(0, first)),
        segments: segments.at(-1) === "**" ? [...segments, "*"] : segments,
    };
}
