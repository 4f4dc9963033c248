// docs/performance.md: that its parts are found and replaced, and that its table of choices is that of the code.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { choicesTable } from "../../bench/cli/choices.js";
import { markdownTable, withPart } from "../../bench/cli/markdown.js";
import { CONV_RULES } from "../../src/plan/choose-kernel.js";

const page = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");

describe("a Markdown table", () => {
  it("sets figures to the right", () => {
    expect(
      markdownTable(
        ["a", "b", "c"],
        [
          ["x", "1.5", "12%"],
          ["y", "", "~0.3"],
        ],
      ),
    ).toBe("| a | b | c |\n| --- | --: | --: |\n| x | 1.5 | 12% |\n| y |  | ~0.3 |");
  });
});

describe("a part of a page", () => {
  const text = "before\n<!-- measured: a -->\nold\n<!-- end of a -->\n<!-- measured: b -->\nkept\n<!-- end of b -->\n";

  it("is replaced, and the rest stays", () => {
    const replaced = withPart(text, "a", "new\n");
    expect(replaced).toBe(text.replace("old\n", "\nnew\n\n"));
    expect(withPart(replaced, "a", "new")).toBe(replaced);
  });

  it("must be there", () => {
    expect(() => withPart(text, "c", "new")).toThrow('no part between "<!-- measured: c -->"');
    expect(() => withPart(text.replace("<!-- end of b -->", ""), "b", "new")).toThrow("end of b");
  });
});

describe("docs/performance.md", () => {
  it.each(["choices", "isa", "lavapipe", "swiftshader"])("has the part %s", (name) => {
    expect(withPart(page, name, "new")).not.toBe(page);
  });

  it("has the table of choices of the code; after a change: npm run bench -- docs --part choices", () => {
    expect(withPart(page, "choices", choicesTable())).toBe(page);
  });

  it("names every rule once in that table", () => {
    const table = choicesTable();
    for (const { reason } of CONV_RULES) expect(table.split(reason)).toHaveLength(2);
  });
});
