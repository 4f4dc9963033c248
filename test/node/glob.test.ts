// Patterns against names: what they mean and what they do not.
import { describe, expect, test } from "vitest";
import { isPattern, matches } from "../../src/node/glob.js";

const cases: [pattern: string, yes: string[], no: string[]][] = [
  ["*", ["a", "a.png", "日本"], [".a"]],
  ["*.png", ["a.png", "a.b.png"], ["a.png.txt", "a.PNG", "png", ".a.png"]],
  ["a*b*c", ["abc", "axxbxxc", "abcbc"], ["ab", "abcd", "bac"]],
  ["?", ["a", "é", "😀"], ["", "ab", "."]],
  ["a?.png", ["a1.png"], ["a.png", "a12.png"]],
  ["[abc]", ["a", "c"], ["d", "[abc]", "-"]],
  ["[a-cx]", ["b", "x"], ["d", "-"]],
  ["[!a-c]", ["d", "!"], ["a"]],
  ["[^a]", ["b", "^"], ["a"]],
  ["[]a]", ["]", "a"], ["[", "b"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[z-a]", [], ["m", "z", "-"]],
  ["[ab", ["[ab"], ["a", "b"]],
  ["x[*]y", ["x*y"], ["xay", "x[*]y"]],
  ["a.c", ["a.c"], ["abc"]],
  ["(a|b)+$", ["(a|b)+$"], ["a"]],
  [".*", [".a"], ["a"]],
  ["**", ["a", "ab"], [".a"]],
];

describe("a pattern", () => {
  test.each(cases)("%s", (pattern, yes, no) => {
    for (const name of yes) expect(matches(pattern, name), name).toBe(true);
    for (const name of no) expect(matches(pattern, name), name).toBe(false);
  });

  test("may leave case out of account", () => {
    expect(matches("*.PNG", "a.png", true)).toBe(true);
    expect(matches("[A-C]", "b", true)).toBe(true);
    expect(matches("*.PNG", "a.png")).toBe(false);
  });

  test("takes no time for stars that almost match", () => {
    expect(matches("*a".repeat(60), `${"a".repeat(250)}b`)).toBe(false);
  });

  test("is only what has something in it that may stand for others", () => {
    expect(["*.png", "a?", "[a]", "a/**/b"].every(isPattern)).toBe(true);
    expect(["a.png", "a]b", "C:\\a", "a{b,c}"].some(isPattern)).toBe(false);
  });
});
