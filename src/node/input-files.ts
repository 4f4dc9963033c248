// Which pictures the inputs of a command are: files, what is in folders, what patterns stand for. Owns the looking; of files whose names do not
// tell, the first bytes are read.
import { closeSync, type Dirent, openSync, readdirSync, readSync } from "node:fs";
import { dirname, join, parse, relative, resolve, sep } from "node:path";
import { EsrganError } from "../index.js";
import { nameFromBytes, printable, systemPath } from "./file-name.js";
import { fileReason, IGNORE_CASE, identity, statusOf } from "./file-status.js";
import { isPattern, matches } from "./glob.js";
import { hasPictureEnding, PICTURE_START_BYTES, READ_FORMATS, sniffPicture } from "./picture-format.js";
import { READ_FLAGS } from "./regular-file.js";

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
  /** Whether a folder or pattern may have no picture in it. */
  readonly allowNone?: boolean;
}

/** What the inputs of a command come to. */
export interface FoundInputs {
  readonly files: readonly InputFile[];
  /** Inputs that come to nothing, and folders that cannot be looked into. */
  readonly problems: readonly EsrganError[];
  /** How many files of folders and patterns are no pictures, or an editor's backup of one. */
  readonly leftOut: number;
}

/** A folder's entry with its name as a string. */
interface Entry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
}

const byNumber = new Intl.Collator("en", { numeric: true }); // 2.png before 10.png

/**
 * The files that the inputs stand for, in order, those of a folder or a pattern in natural order and each once. Of folders and patterns files
 * count that end as pictures do or begin as they do, and none whose name begins with a dot. What is neither is taken for a file, there or not.
 */
export function findInputs(inputs: readonly string[], options: FindOptions): FoundInputs {
  const search = new Search(options);
  for (const input of inputs) search.add(input);
  return search;
}

class Search implements FoundInputs {
  readonly files: InputFile[] = [];
  readonly problems: EsrganError[] = [];
  leftOut = 0;
  private readonly seen = new Set<string>();
  private readonly except: string | undefined;

  constructor(private readonly options: FindOptions) {
    this.except = options.except === undefined ? undefined : identity(options.except);
  }

  add(input: string): void {
    const status = statusOf(input);
    if (status?.isDirectory()) this.addFound(input, this.inFolder(input), `is in the folder ${printable(input)}`);
    else if (!status && isPattern(input)) {
      const { base, segments } = splitPattern(input);
      this.addFound(base, this.below(base, segments), `has a name like ${printable(input)}`);
    } else this.addFile({ path: input, subfolder: "", isFound: false });
  }

  private addFound(base: string, paths: Iterable<string>, what: string): void {
    const problemsBefore = this.problems.length;
    let found = 0;
    for (const path of paths) {
      this.addFile({ path, subfolder: relative(base, dirname(path)), isFound: true });
      found++;
    }
    if (found > 0 || this.options.allowNone || this.problems.length > problemsBefore) return;
    this.problems.push(new EsrganError("bad-input", `No picture (${READ_FORMATS}) ${what}`));
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
      else if (this.isTaken(entry, path)) yield path;
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
        if (rest.length > 0 && (entry.kind === "folder" || entry.kind === "link")) yield* this.below(path, rest);
        else if (rest.length === 0 && this.isTaken(entry, path)) yield path;
      }
    }
  }

  /** Links are not followed, as they may lead back. */
  private isSearched(entry: Entry, path: string): boolean {
    return entry.kind === "folder" && (this.except === undefined || identity(path) !== this.except);
  }

  /** Whether it is a picture. Other files are counted. */
  private isTaken({ name, kind }: Entry, path: string): boolean {
    if (kind === "folder") return false;
    const status = kind === "link" ? statusOf(path) : undefined;
    if (status?.isDirectory()) return false;
    const isFile = kind === "link" ? status?.isFile() === true : kind === "file";
    const isBackup = name.endsWith("~"); // its result would be that of the picture beside it
    const isTaken = isFile && !isBackup && (hasPictureEnding(name) || beginsAsPicture(path));
    if (!isTaken) this.leftOut++;
    return isTaken;
  }

  private list(folder: string): Entry[] {
    try {
      const entries = readdirSync(systemPath(folder), { withFileTypes: true, encoding: "buffer" }).map(entryOf);
      return entries.sort((a, b) => byNumber.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
    } catch (cause) {
      if (isNoFolder(cause)) return [];
      const message = `The folder ${printable(folder)} cannot be looked into: ${fileReason(cause)}`;
      this.problems.push(new EsrganError("bad-input", message, { cause }));
      return [];
    }
  }
}

function isNoFolder(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function entryOf(found: Dirent<Buffer>): Entry {
  const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : found.isSymbolicLink() ? "link" : "other";
  return { name: nameFromBytes(found.name), kind };
}

function beginsAsPicture(path: string): boolean {
  const start = Buffer.alloc(PICTURE_START_BYTES);
  try {
    const file = openSync(systemPath(path), READ_FLAGS);
    try {
      return sniffPicture(start.subarray(0, readSync(file, start))) !== undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
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
