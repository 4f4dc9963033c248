// Which pictures the inputs of a command are: files, what is in folders, what patterns stand for. Owns the looking; nothing is read.
import { type Dirent, readdirSync } from "node:fs";
import { dirname, join, parse, relative, resolve, sep } from "node:path";
import { EsrganError } from "../index.js";
import { fileReason, statusOf } from "./file-status.js";
import { isPattern, matches } from "./glob.js";
import { hasPictureEnding } from "./image-file.js";

/** A picture to be read. */
export interface InputFile {
  readonly path: string;
  /** The folder it was found in, from the one where the search began; empty for one that was named. */
  readonly subfolder: string;
  /** Whether it was found in a folder or by a pattern, and not named. */
  readonly isFound: boolean;
}

export interface FindOptions {
  /** Looks into the folders in folders too. */
  readonly recursive: boolean;
  /** A folder that is not looked into: results of an earlier run. */
  readonly except?: string | undefined;
}

/** What the inputs of a command come to. */
export interface FoundInputs {
  readonly files: readonly InputFile[];
  /** Inputs that come to nothing, and folders that cannot be looked into. */
  readonly problems: readonly EsrganError[];
}

const byNumber = new Intl.Collator("en", { numeric: true }); // 2.png before 10.png
const IGNORE_CASE = process.platform === "win32" || process.platform === "darwin"; // as file names there do

/**
 * The files that the inputs stand for, in order, those of a folder or a pattern in natural order and each once. Of folders and patterns only
 * files that end as pictures do count, and none whose name begins with a dot. What is neither is taken for a file, there or not.
 */
export function findInputs(inputs: readonly string[], options: FindOptions): FoundInputs {
  const search = new Search(options);
  for (const input of inputs) search.add(input);
  return search;
}

class Search implements FoundInputs {
  readonly files: InputFile[] = [];
  readonly problems: EsrganError[] = [];
  private readonly seen = new Set<string>();
  private readonly except: string | undefined;

  constructor(private readonly options: FindOptions) {
    this.except = options.except === undefined ? undefined : resolve(options.except);
  }

  add(input: string): void {
    const status = statusOf(input);
    if (status?.isDirectory()) this.addFound(input, this.inFolder(input), `is in the folder ${input}`);
    else if (!status && isPattern(input)) {
      const { base, segments } = splitPattern(input);
      this.addFound(base, this.below(base, segments), `has a name like ${input}`);
    } else this.addFile({ path: input, subfolder: "", isFound: false });
  }

  private addFound(base: string, paths: Iterable<string>, what: string): void {
    const problemsBefore = this.problems.length;
    let found = 0;
    for (const path of paths) {
      this.addFile({ path, subfolder: relative(base, dirname(path)), isFound: true });
      found++;
    }
    if (found > 0 || this.problems.length > problemsBefore) return;
    this.problems.push(new EsrganError("bad-input", `No picture (.png, .jpg, .jpeg or .webp) ${what}`));
  }

  private addFile(file: InputFile): void {
    const whole = resolve(file.path);
    if (!this.seen.has(whole)) this.files.push(file);
    this.seen.add(whole);
  }

  private *inFolder(folder: string): Generator<string> {
    for (const entry of this.list(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".")) continue;
      if (this.options.recursive && this.isSearched(entry, path)) yield* this.inFolder(path);
      else if (isPictureFile(entry, path)) yield path;
    }
  }

  /** The files below a folder whose names, folder by folder, are as these segments say. */
  private *below(folder: string, [segment, ...rest]: readonly string[]): Generator<string> {
    if (segment === undefined) return;
    if (segment === "**") yield* this.below(folder, rest);
    for (const entry of this.list(folder)) {
      const path = join(folder, entry.name);
      if (segment === "**") {
        if (!entry.name.startsWith(".") && this.isSearched(entry, path)) yield* this.below(path, [segment, ...rest]);
      } else if (matches(segment, entry.name, IGNORE_CASE)) {
        if (rest.length > 0 && (entry.isDirectory() || entry.isSymbolicLink())) yield* this.below(path, rest);
        else if (rest.length === 0 && isPictureFile(entry, path)) yield path;
      }
    }
  }

  /** Links are not followed, as they may lead back. */
  private isSearched(entry: Dirent, path: string): boolean {
    return entry.isDirectory() && resolve(path) !== this.except;
  }

  private list(folder: string): Dirent[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      return entries.sort((a, b) => byNumber.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
    } catch (cause) {
      if (isNoFolder(cause)) return [];
      const message = `The folder ${folder} cannot be looked into: ${fileReason(cause)}`;
      this.problems.push(new EsrganError("bad-input", message, { cause }));
      return [];
    }
  }
}

function isNoFolder(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function isPictureFile(entry: Dirent, path: string): boolean {
  if (!hasPictureEnding(entry.name)) return false;
  return entry.isFile() || (statusOf(path)?.isFile() ?? false);
}

/** The folder before the first part that may stand for others, and the parts from there on. */
function splitPattern(pattern: string): { base: string; segments: string[] } {
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
