// Names of any bytes as strings, and what of a text a terminal is given.
import { describe, expect, test } from "vitest";
import { nameBytes, nameFromBytes, printable, printableJson, systemPath } from "../../src/node/file-name.js";
import { seededRandom } from "../cases/random.js";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("a name", () => {
  test.each([
    ["plain.png", "plain.png"],
    ["\xc3\xa4\xf0\x9f\x98\x80", "ä😀"],
    ["a\xff", "a\udcff"],
    ["\xc3", "\udcc3"],
    ["\xc3\xc3\xa4", "\udcc3ä"],
    ["\xed\xa0\x80", "\udced\udca0\udc80"], // a surrogate is no UTF-8
    ["\xed\xb3\xbf", "\udced\udcb3\udcbf"], // nor one that stands for a byte
    ["\xc0\xaf/\xf8", "\udcc0\udcaf/\udcf8"],
  ])("%j", (raw, name) => {
    expect(nameFromBytes(bytes(raw))).toBe(name);
    expect(nameBytes(name).equals(bytes(raw))).toBe(true);
  });

  test("of any bytes comes back, through JSON too", () => {
    const random = seededRandom(5);
    for (let i = 0; i < 500; i++) {
      const raw = Buffer.from(Array.from({ length: random() % 9 }, () => 1 + (random() % 255)));
      const name = JSON.parse(JSON.stringify(nameFromBytes(raw))) as string;
      expect(nameBytes(name).equals(raw), raw.toString("hex")).toBe(true);
    }
  });

  test("is given to the system as bytes only where it has to be", () => {
    expect(systemPath("ä😀")).toBe("ä😀");
    if (process.platform !== "win32") expect(systemPath("a\udcff")).toEqual(bytes("a\xff"));
  });
});

describe("what is printed", () => {
  test.each([
    ["a b  c \\ ä 日本 👩‍🔬", "a b  c \\ ä 日本 👩‍🔬"],
    ["\0\n\r\t\x1b[31m\x7f", String.raw`\x00\n\r\t\x1b[31m\x7f`],
    ["\u009b2J\u0085\u2028\u2029", String.raw`\x9b2J\x85\u2028\u2029`],
    ["\u202egnp.exe\u2066", String.raw`\u202egnp.exe\u2066`],
    ["\udcff \ud800", String.raw`\xff \ud800`],
  ])("%j", (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(shown)).toBe(shown);
  });

  test("as JSON means the same", () => {
    const value = { name: "a\n\x1b\x9b\u202e\udcff ä", list: [1] };
    for (const indent of [undefined, 2]) {
      const text = printableJson(value, indent);
      expect(text).toMatch(/^[\n -~ä]*$/);
      expect(JSON.parse(text)).toEqual(value);
    }
    expect(printableJson(value)).not.toContain("\n");
  });
});
