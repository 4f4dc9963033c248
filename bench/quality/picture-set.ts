// Owns which files of a folder are the pictures that quality is measured on, as Set5, Set14 and their like are handed round: in folders of their
// large pictures, beside small ones that go with them, as .bmp files.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join, parse, resolve } from "node:path";
import { EsrganError } from "../../src/errors.js";
import { readPicture } from "../../src/node/index.js";
import { findInputs } from "../../src/node/input-files.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { readBmp } from "./bmp.js";

/** A picture of the set. */
export interface SetPicture {
  /** Without what only says that it is the large one: "comic" of comic_GT.bmp. */
  readonly name: string;
  readonly path: string;
  /** @throws EsrganError "bad-input" */
  read(): Promise<Pixels>;
}

export interface PictureSet {
  /** Its folder's name, or that of the folder around one of large pictures: "Set5" of Set5/GTmod12. */
  readonly name: string;
  readonly pictures: readonly SetPicture[];
}

/** What folders of large pictures are called. */
const LARGE_FOLDER = /^(?:GT(?:mod\d+)?|HR|original|image_SRF_\d)$/i;
const LARGE_ENDING = /_(?:GT|HR)$|_SRF_\d_HR$/i;
const SMALL_ENDING = /(?:_LR|_LRbicx\d)$/i;

/**
 * The pictures of a folder, or of the folder of large ones in it; or the one that `folder` is.
 * @throws EsrganError "bad-input" where there is none
 */
export function pictureSet(folder: string): PictureSet {
  if (!statSync(folder, { throwIfNoEntry: false })) {
    throw new EsrganError("bad-input", `There is no file or folder ${folder}`);
  }
  const inner = isFolder(folder) && picturesIn(folder).length === 0 ? largeFolder(folder) : undefined;
  const from = inner ?? folder;
  const paths = picturesIn(from);
  const problem = paths.length === 0 ? findInputs([from], { recursive: false }).problems[0] : undefined;
  if (problem) throw problem;
  if (paths.length === 0) throw new EsrganError("bad-input", `Only small pictures (_LR) are in the folder ${from}`);
  const whole = resolve(from);
  return {
    name: basename(LARGE_FOLDER.test(basename(whole)) ? dirname(whole) : whole),
    pictures: paths.map((path) => ({
      name: parse(path).name.replace(LARGE_ENDING, ""),
      path,
      read: async () => (isBmp(path) ? readBmp(readFileSync(path), path) : (await readPicture(path)).pixels),
    })),
  };
}

/** In natural order, without small ones. */
function picturesIn(folder: string): string[] {
  const { files } = findInputs([folder], { recursive: false, allowNone: true });
  const bitmaps = isFolder(folder) ? readdirSync(folder).filter(isBmp) : [];
  const paths = new Set([...files.map(({ path }) => path), ...bitmaps.map((name) => join(folder, name))]);
  return [...paths].filter((path) => !SMALL_ENDING.test(parse(path).name)).sort(byNumber);
}

const byNumber = new Intl.Collator("en", { numeric: true }).compare;

function largeFolder(folder: string): string | undefined {
  const name = readdirSync(folder)
    .sort()
    .find((each) => LARGE_FOLDER.test(each) && isFolder(join(folder, each)));
  return name === undefined ? undefined : join(folder, name);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isBmp(path: string): boolean {
  return extname(path).toLowerCase() === ".bmp";
}
