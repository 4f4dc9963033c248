// The tar reader against archives made by hand: what it gives, and what it must not believe.
import { describe, expect, test } from "vitest";
import { untar } from "../../src/node/untar.js";

interface Made {
  name: string;
  data?: string;
  type?: string;
  target?: string;
  prefix?: string;
  byteLength?: number;
}

function tar(...entries: Made[]): Buffer {
  const blocks = entries.flatMap(({ name, data = "", type = "0", target = "", prefix = "", byteLength }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000755\0", 100);
    header.write((byteLength ?? data.length).toString(8).padStart(11, "0"), 124);
    header.fill(" ", 148, 156);
    header.write(type, 156);
    header.write(target, 157);
    header.write("ustar\x0000", 257);
    header.write(prefix, 345);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );
    return [header, Buffer.from(data.padEnd(Math.ceil(data.length / 512) * 512, "\0"))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const list = (archive: Uint8Array) =>
  [...untar(archive, "a.tar")].map(({ name, kind, data, target }) => [
    kind,
    name,
    Buffer.from(data).toString(),
    target,
  ]);

describe("untar", () => {
  test("gives files, folders and links in order", () => {
    const archive = tar(
      { name: "./" },
      { name: "folder/", type: "5" },
      { name: "./folder/x", data: "x".repeat(512) },
      { name: "empty" },
      { name: "deep", prefix: "a/b", data: "y" },
      { name: "link", type: "2", target: "folder/x" },
    );
    expect(list(archive)).toEqual([
      ["folder", "folder/", "", ""],
      ["file", "folder/x", "x".repeat(512), ""],
      ["file", "empty", "", ""],
      ["file", "a/b/deep", "y", ""],
      ["link", "link", "", "folder/x"],
    ]);
  });

  test("gives nothing of an archive without entries", () => {
    expect(list(Buffer.alloc(1024))).toEqual([]);
    expect(list(Buffer.alloc(0))).toEqual([]);
  });

  const changed = tar({ name: "x", data: "y" });
  changed[0] = 0x7a;
  const bad: [string, Uint8Array, RegExp][] = [
    ["a name that leads outside", tar({ name: "a/../../x" }), /leads outside/],
    ["a name from the root", tar({ name: "/etc/x" }), /leads outside/],
    ["a link that leads outside", tar({ name: "x", type: "2", target: "../y" }), /leads outside/],
    ["a hard link", tar({ name: "x", type: "1", target: "y" }), /not supported/],
    ["a length beyond the end", tar({ name: "x", byteLength: 2000 }), /longer than the archive/],
    ["a changed header", changed, /wrong checksum/],
    ["a cut header", tar({ name: "x" }).subarray(0, 100), /ends inside a header/],
    ["something else", Buffer.alloc(512, "no tar"), /wrong checksum/],
  ];
  test.each(bad)("refuses %s", (_, archive, message) => {
    expect(() => list(archive)).toThrow(message);
  });
});
