// docs/performance.md: that its parts are found and replaced, and that its table of choices is that of the code.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { choicesTable } from "../../bench/cli/choices.js";
import { markdownTable, withPart } from "../../bench/cli/markdown.js";
import { NETWORKS, rooflineText } from "../../bench/roofline/tables.js";
import { readModel } from "../../src/models/model.js";
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
  it.each(["choices", "isa", "roofline", "lavapipe", "swiftshader"])("has the part %s", (name) => {
    expect(withPart(page, name, "new")).not.toBe(page);
  });

  it("has the table of choices of the code; after a change: npm run bench -- docs --part choices", () => {
    expect(withPart(page, "choices", choicesTable())).toBe(page);
  });

  it("has the roofline of the code; after a change: npm run bench -- docs --part roofline", async () => {
    // The smallest network: the others take seconds to plan for all GPUs.
    const [name] = NETWORKS;
    const file = new URL(`../../models/${name}/${name}.safetensors`, import.meta.url);
    const text = rooflineText(new Map([[name, await readModel(await readFile(file), { name })]]));
    const ofOthers = new RegExp(`^\\|.* (${NETWORKS.slice(1).join("|")}) \\|`);
    const part = page.split("<!-- measured: roofline -->\n\n")[1]!.split("\n\n<!-- end of roofline -->")[0]!;
    const lines = part.split("\n");
    const others = lines.filter((line) => ofOthers.test(line));
    expect(lines.filter((line) => !others.includes(line))).toEqual(text.split("\n"));
    // Three pictures each, and what was measured of anime-6b.
    expect(others).toHaveLength(8);
  });

  it("names every rule once in that table", () => {
    const table = choicesTable();
    for (const { reason } of CONV_RULES) expect(table.split(reason)).toHaveLength(2);
  });
});
