// Files that appear whole: what of the file replaced stays, and what becomes of temporary files whose process is gone.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { temporaryName } from "../../src/node/temporary-file.js";
import { writeWholeFile } from "../../src/node/whole-file.js";

const top = mkdtempSync(join(tmpdir(), "esrgan-webgpu-whole-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(top, String(count++)); // a process looks through a folder once
  mkdirSync(folder);
});
const at = (name: string) => join(folder, name);
const write = (path: string) => writeWholeFile(path, (append) => append(Buffer.from("new")));
const modeOf = (path: string) => statSync(path).mode & 0o777;

test("a name as long as the file system takes is written, and one that is longer refused at once", async () => {
  const longest = at(`${"a".repeat(251)}.png`);
  await write(longest);
  expect(readFileSync(longest, "utf8")).toBe("new");
  const fill = () => Promise.reject(new Error("asked for"));
  await expect(writeWholeFile(at(`${"a".repeat(252)}.png`), fill)).rejects.toThrow(
    /^The output .* cannot be written: the name is too long$/,
  );
  expect(readdirSync(folder)).toHaveLength(1);
});

describe.skipIf(process.platform === "win32")("a file that is replaced", () => {
  test.each([0o600, 0o640, 0o444, 0o777])("leaves its mode, %o", async (mode) => {
    writeFileSync(at("x.png"), "old");
    chmodSync(at("x.png"), mode);
    let meanwhile = 0o777;
    await writeWholeFile(at("x.png"), async (append) => {
      const [temporary] = readdirSync(folder).filter((name) => name.endsWith(".tmp"));
      meanwhile = modeOf(at(temporary!));
      await append(Buffer.from("new"));
    });
    expect(readFileSync(at("x.png"), "utf8")).toBe("new");
    expect(modeOf(at("x.png"))).toBe(mode);
    expect(meanwhile & ~mode & 0o077).toBe(0);
  });

  test("that was not there gets what the user's mask leaves", async () => {
    await write(at("x.png"));
    expect(modeOf(at("x.png"))).toBe(0o666 & ~process.umask());
  });

  test.runIf(process.getuid?.() === 0)("leaves its owner", async () => {
    writeFileSync(at("x.png"), "old");
    chownSync(at("x.png"), 1234, 2345);
    chmodSync(at("x.png"), 0o640);
    await write(at("x.png"));
    expect(statSync(at("x.png"))).toMatchObject({ uid: 1234, gid: 2345 });
    expect(modeOf(at("x.png"))).toBe(0o640);
  });

  test("is the one that a link leads to, or is to lead to", async () => {
    mkdirSync(at("there"));
    writeFileSync(at("there/x.png"), "old");
    chmodSync(at("there/x.png"), 0o600);
    symlinkSync("there/x.png", at("link.png"));
    await write(at("link.png"));
    expect(lstatSync(at("link.png")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("there/x.png"), "utf8")).toBe("new");
    expect(modeOf(at("there/x.png"))).toBe(0o600);
    symlinkSync("nothing", at("dangling.png"));
    await write(at("dangling.png"));
    expect(readFileSync(at("nothing"), "utf8")).toBe("new");
    expect(lstatSync(at("dangling.png")).isSymbolicLink()).toBe(true);
    symlinkSync("no-folder/x.png", at("far.png"));
    await expect(write(at("far.png"))).rejects.toThrow(/far\.png cannot be written: there is no such file$/);
    symlinkSync("circle.png", at("circle.png"));
    await expect(write(at("circle.png"))).rejects.toThrow(/its links lead in a circle$/);
  });

  test.each(["folder", "pipe"])("is no %s", async (kind) => {
    if (kind === "folder") mkdirSync(at("x.png"));
    else spawnSync("mkfifo", [at("x.png")]);
    await expect(write(at("x.png"))).rejects.toThrow(/^The output .*x\.png cannot be written: it is a (folder|pipe)$/);
    expect(readdirSync(folder)).toEqual(["x.png"]);
  });
});

describe.runIf(process.platform === "linux")("a temporary file", () => {
  const own = temporaryName();
  const [, scope = "", start = ""] = /^\.esrgan-webgpu-([0-9a-f]{8})-\d+-(\d+)-[0-9a-f]{8}\.tmp$/.exec(own) ?? [];
  const name = (pid: number, begun: string | number, where = scope) =>
    `.esrgan-webgpu-${where}-${pid}-${begun}-01234567.tmp`;

  /** What is there after another file was written. */
  async function left(...names: string[]): Promise<string[]> {
    for (const each of names) writeFileSync(at(each), "half");
    await write(at("other.png"));
    return readdirSync(folder).filter((each) => each !== "other.png");
  }

  test("of a dead process is removed by the next run", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    expect(await left(name(pid, start))).toEqual([]);
  });

  test("of a process whose id another has got is removed", async () => {
    expect(await left(name(process.pid, Number(start) - 1))).toEqual([]);
  });

  test("of a living process stays", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
    const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    const begun = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
    const names = [name(child.pid!, begun), own].sort();
    expect(await left(...names)).toEqual(names);
    child.kill("SIGKILL");
  });

  test("of another machine, and what only looks like one, stays", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const names = [name(pid, start, "00000000"), `${name(pid, start)}x`, `a${name(pid, start)}`];
    expect(await left(...names)).toEqual([...names].sort());
  });

  test.runIf(process.getuid?.() === 0)("of another user stays", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(at(name(pid, start)), "half");
    chownSync(at(name(pid, start)), 1234, 1234);
    expect(await left()).toEqual([name(pid, start)]);
  });

  test("may be a folder, with all that is in it", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    for (const each of [pid, process.pid]) {
      mkdirSync(at(`esrgan-webgpu-${scope}-${each}-${start}-aB3dE_`));
      writeFileSync(at(`esrgan-webgpu-${scope}-${each}-${start}-aB3dE_/driver`), "");
    }
    expect(await left()).toEqual([`esrgan-webgpu-${scope}-${process.pid}-${start}-aB3dE_`]);
  });
});
