// Which files inputs stand for, and where their results go: folders, patterns, names, and what must not be written.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type FindOptions, findInputs } from "../../src/node/input-files.js";
import { checkOutput, isDone, planJobs } from "../../src/node/output-path.js";
import { pngFile } from "./png.js";

const home = process.cwd();
const small = pngFile({ width: 1, height: 1, depth: 8, colourType: 0, samples: [9] });
const folder = realpathSync(mkdtempSync(join(tmpdir(), "esrgan-webgpu-inputs-")));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

function files(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), /\.(txt|md)$|text$/.test(name) ? name : small);
  }
}

const at = (name: string) => join(folder, name);
const posix = (path: string) => path.replaceAll(sep, "/");

/** The files found, from the test's folder, and what was said. */
function find(inputs: string[], options: Partial<FindOptions> = {}) {
  const { files: found, problems, leftOut } = findInputs(inputs.map(at), { recursive: false, ...options });
  return {
    paths: found.map(({ path }) => posix(path.slice(folder.length + 1))),
    subfolders: found.map(({ subfolder }) => posix(subfolder)),
    found,
    leftOut,
    problems: problems.map(({ message }) => posix(message.replaceAll(folder + sep, ""))),
  };
}

describe("a folder", () => {
  test("stands for the pictures in it, in natural order", () => {
    files("p/10.png", "p/2.JPG", "p/a.webp", "p/b.jpeg", "p/.hidden.png", "p/text.txt", "p/sub/c.png", "p/no.png.txt");
    mkdirSync(at("p/folder.png"));
    expect(find(["p"])).toMatchObject({
      paths: ["p/2.JPG", "p/10.png", "p/a.webp", "p/b.jpeg"],
      subfolders: ["", "", "", ""],
      problems: [],
      leftOut: 2,
    });
    expect(find([`p${sep}`]).paths).toHaveLength(4);
  });

  test("stands for pictures whose names do not tell, found by their first bytes, and for bad ones whose names do", () => {
    files("p/a.jfif", "p/b", "p/c.PNG.bak", "p/h.png~", "p/short.md", "p/empty.txt");
    writeFileSync(at("p/d.dat"), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    writeFileSync(at("p/e.dat"), "RIFF....WEBPVP8 ");
    writeFileSync(at("p/f.dat"), "RIFF....WAVEfmt ");
    writeFileSync(at("p/g.svg"), "<svg/>");
    writeFileSync(at("p/h.png"), "text");
    writeFileSync(at("p/empty.txt"), "");
    const paths = ["p/a.jfif", "p/b", "p/c.PNG.bak", "p/d.dat", "p/e.dat", "p/h.png"];
    expect(find(["p"])).toMatchObject({ paths, problems: [], leftOut: 5 });
    expect(find(["p/*"])).toMatchObject({ paths, problems: [], leftOut: 5 });
    expect(find(["p/*.jf*"])).toMatchObject({ paths: ["p/a.jfif"], leftOut: 0 });
    expect(find(["p/*.svg"]).problems).toHaveLength(1);
  });

  test.skipIf(process.platform === "win32")("is not held up by what is no file", () => {
    files("p/a.png");
    execFileSync("mkfifo", [at("p/b.png"), at("p/c")]);
    expect(find(["p"])).toMatchObject({ paths: ["p/a.png"], leftOut: 2 });
  });

  test.runIf(process.platform === "linux")("has names of any bytes", () => {
    mkdirSync(at("p"));
    for (const name of ["a\xff.png", "b\xe4.png", "c\xc3\xa4.png"]) {
      writeFileSync(Buffer.from(`${folder}/p/${name}`, "latin1"), small);
    }
    const { paths } = find(["p"]);
    expect(paths).toEqual(["p/a\udcff.png", "p/b\udce4.png", "p/cä.png"]);
    expect(find(["p/?\udce4.*"]).paths).toEqual(["p/b\udce4.png"]);
    expect(find([paths[0]!]).found).toEqual([{ path: at("p/a\udcff.png"), subfolder: "", isFound: false }]);
  });

  test("with those in it, but for hidden ones, links and the one for the results", () => {
    files("p/a.png", "p/x/b.png", "p/x/y/c.png", "p/.h/d.png", "p/out/e.png", "p/z/text");
    symlinkSync(at("p"), at("p/x/loop"), "dir");
    symlinkSync(at("p/out"), at("results"), "dir");
    for (const except of ["p/out", "results"]) {
      const { paths, subfolders } = find(["p"], { recursive: true, except: at(except) });
      expect(paths).toEqual(["p/a.png", "p/x/b.png", "p/x/y/c.png"]);
      expect(subfolders).toEqual(["", "x", "x/y"]);
    }
  });

  test("without a picture, or that cannot be looked into, is a problem of its own", () => {
    files("empty/text", "p/a.png", "locked/a.png");
    expect(find(["empty", "p"])).toMatchObject({
      paths: ["p/a.png"],
      problems: ["No picture (PNG, JPEG, WebP, AVIF, TIFF or GIF) is in the folder empty"],
    });
    if (process.getuid?.() === 0 || process.platform === "win32") return;
    chmodSync(at("locked"), 0o000);
    expect(find(["locked"]).problems).toEqual(["The folder locked cannot be looked into: permission is denied"]);
    chmodSync(at("locked"), 0o700);
  });

  test.runIf(process.platform === "linux")("may have files with links for names", () => {
    files("p/a.png");
    symlinkSync(at("p/a.png"), at("p/b.png"));
    symlinkSync(at("nothing"), at("p/c.png"));
    symlinkSync("d.png", at("p/d.png"));
    symlinkSync(at("p"), at("p/e.png"), "dir");
    expect(find(["p"])).toMatchObject({ paths: ["p/a.png", "p/b.png"], leftOut: 2 });
  });
});

describe("a pattern", () => {
  beforeEach(() =>
    files("a1.png", "a2.png", "a10.png", "b.jpg", "a3.txt", ".a.png", "x/a4.png", "x/y/a5.png", "x/.h/a6.png"),
  );

  test.each([
    ["a?.png", ["a1.png", "a2.png"], ["", ""]],
    ["*.png", ["a1.png", "a2.png", "a10.png"], ["", "", ""]],
    ["a[!1]*", ["a2.png"], [""]],
    ["*", ["a1.png", "a2.png", "a10.png", "b.jpg"], ["", "", "", ""]],
    [".*", [".a.png"], [""]],
    ["*/*.png", ["x/a4.png"], ["x"]],
    ["x/*.png", ["x/a4.png"], [""]],
    ["x*/y/a5.png", ["x/y/a5.png"], ["x/y"]],
    ["**/a[45].png", ["x/a4.png", "x/y/a5.png"], ["x", "x/y"]],
    ["x/**", ["x/a4.png", "x/y/a5.png"], ["", "y"]],
    ["**/**/a5.png", ["x/y/a5.png"], ["x/y"]],
  ])("%s", (pattern, paths, subfolders) => {
    const found = find([pattern]);
    expect([...found.paths].sort()).toEqual([...paths].sort());
    expect([...found.subfolders].sort()).toEqual([...subfolders].sort());
    expect(found.problems).toHaveLength(paths.length > 0 ? 0 : 1);
  });

  test("that nothing matches says so", () => {
    expect(find(["c*.png"]).problems).toEqual([
      "No picture (PNG, JPEG, WebP, AVIF, TIFF or GIF) has a name like c*.png",
    ]);
    expect(find(["none/*.png"]).problems).toHaveLength(1);
  });

  test.runIf(process.platform !== "win32")("is a name where there is such a file", () => {
    files("[a]*.png");
    expect(find(["[a]*.png"]).found).toEqual([{ path: at("[a]*.png"), subfolder: "", isFound: false }]);
  });

  test("below the current folder", () => {
    process.chdir(folder);
    try {
      const { files: found } = findInputs(["a?.png", "x/*", "**/a5.*"], { recursive: false });
      expect(found.map(({ path }) => posix(path))).toEqual(["a1.png", "a2.png", "x/a4.png", "x/y/a5.png"]);
      expect(found.map(({ subfolder }) => posix(subfolder))).toEqual(["", "", "", "x/y"]);
    } finally {
      process.chdir(home);
    }
  });
});

test("each file comes once, in the order of the inputs, and a name that is none stays", () => {
  files("a.png", "b.png", "c.png");
  expect(find(["c.png", "none.png", "*.png", "b.png", "."]).paths).toEqual(["c.png", "none.png", "a.png", "b.png"]);
});

describe("results", () => {
  const planned = (output: string | undefined, inputs: string[], options: Partial<FindOptions> = {}, scale = 4) => {
    const all = planJobs(output === undefined ? undefined : at(output), find(inputs, options).found, {
      template: "{stem}-{scale}x",
      scale: String(scale),
      model: "any",
    });
    return {
      jobs: all.jobs.map((job) => [job.input, job.output].map((path) => posix(path.slice(folder.length + 1)))),
      problems: all.problems.map(({ message }) => posix(message.replaceAll(folder + sep, ""))),
      refused: all.refused,
    };
  };
  const jobs = (...asked: Parameters<typeof planned>) => {
    const { jobs, problems } = planned(...asked);
    expect(problems).toEqual([]);
    return jobs;
  };

  test("go beside the inputs, or with their folders into another", () => {
    files("p/a.png", "p/x/b.jpg", "out/there");
    expect(jobs(undefined, ["p"], { recursive: true }, 2.5)).toEqual([
      ["p/a.png", "p/a-2.5x.png"],
      ["p/x/b.jpg", "p/x/b-2.5x.png"],
    ]);
    expect(jobs("out", ["p"], { recursive: true })).toEqual([
      ["p/a.png", "out/a-4x.png"],
      ["p/x/b.jpg", "out/x/b-4x.png"],
    ]);
    expect(jobs("one.webp", ["p/a.png"])).toEqual([["p/a.png", "one.webp"]]);
  });

  test("of an earlier run are no inputs where a folder is looked through, and are where they are named", () => {
    files("p/a.png", "p/a-4x.png", "p/a-4x-4x.png", "p/c-4x.png");
    expect(jobs(undefined, ["p"])).toEqual([
      ["p/a.png", "p/a-4x.png"],
      ["p/c-4x.png", "p/c-4x-4x.png"],
    ]);
    symlinkSync(at("p"), at("link"), "dir");
    for (const output of ["p", "link"]) {
      expect(jobs(output, ["p"]).map(([input]) => input)).toEqual(["p/a.png", "p/c-4x.png"]);
    }
    expect(jobs(undefined, ["p"], {}, 2).map(([input]) => input)).toHaveLength(4);
    expect(planned(undefined, ["p/a.png", "p/a-4x.png"])).toEqual({
      jobs: [["p/a-4x.png", "p/a-4x-4x.png"]],
      problems: ["The output p/a-4x.png is the same file as the input p/a-4x.png"],
      refused: 1,
    });
  });

  test("are never written over an input or over one another", () => {
    files("p/a.png", "q/a.jpg", "out/there");
    expect(planned("out", ["p", "q"])).toEqual({
      jobs: [],
      problems: ["Both p/a.png and q/a.jpg would be written to out/a-4x.png"],
      refused: 2,
    });
    expect(planned(join("p", "a.png"), ["p"]).problems).toEqual([
      "The output p/a.png is the same file as the input p/a.png",
    ]);
    linkSync(at("p/a.png"), at("linked.png"));
    expect(planned("linked.png", ["p/a.png"]).problems).toEqual([
      "The output linked.png is the same file as the input p/a.png",
    ]);
  });

  test("that would be one file keep none of the others back", () => {
    files("p/a.png", "p/a.jpg", "p/a.webp", "p/b.png", "p/c.png", "p/c.jpg");
    expect(planned(undefined, ["p"])).toEqual({
      jobs: [["p/b.png", "p/b-4x.png"]],
      problems: [
        "All of p/a.jpg, p/a.png and p/a.webp would be written to p/a-4x.png",
        "Both p/c.jpg and p/c.png would be written to p/c-4x.png",
      ],
      refused: 5,
    });
  });

  test.skipIf(process.platform === "win32")("that would be one file by two names of a folder are found out", () => {
    files("p/a.png", "p/a.jpg");
    symlinkSync(at("p"), at("q"), "dir");
    expect(planned(undefined, ["p/a.png", "q/a.jpg"]).problems).toEqual([
      "Both p/a.png and q/a.jpg would be written to p/a-4x.png",
    ]);
  });

  test("of several inputs need a folder", () => {
    files("there/x");
    const check = (output: string, inputs: number) =>
      checkOutput({ output, format: undefined, name: "{stem}-{scale}x", mkdir: false }, inputs);
    expect(() => check(at("there"), 9)).not.toThrow();
    expect(() => check(at("x.png"), 1)).not.toThrow();
    expect(() => check(at("x.png"), 2)).toThrow(/is one file for 2 inputs, which need a folder$/);
    expect(() => check(at("none"), 2)).toThrow(/The folder .*none does not exist; --mkdir makes it$/);
  });

  test("are there if they are files newer than the input", () => {
    files("a.png", "b.png");
    const job = { input: at("a.png"), output: at("b.png") };
    const times = (input: number, output: number) => {
      utimesSync(job.input, input, input);
      utimesSync(job.output, output, output);
    };
    times(1000, 1001);
    expect(isDone(job)).toBe(true);
    expect(isDone({ ...job, output: at("none.png") })).toBe(false);
    expect(isDone({ ...job, output: folder })).toBe(false);
    expect(isDone({ ...job, input: at("none.png") })).toBe(false);
    times(1001, 1001);
    expect(isDone(job)).toBe(false);
    times(1002, 1001);
    expect(isDone(job)).toBe(false);
  });
});
