// The converter's side of test/cases/checkpoint-names.json; test/models/key-layouts.test.ts is the library's. Needs python3.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const table = join(here, "../cases/checkpoint-names.json");
const cases = JSON.parse(readFileSync(table, "utf8")) as { name: string; names?: string[]; error?: string }[];
const answers = JSON.parse(
  execFileSync("python3", [join(here, "checkpoint-names.py"), join(here, "../../tools/convert-weights.py"), table], {
    encoding: "utf8",
  }),
) as { names?: string[]; error?: string }[];

describe("convert-weights.py and the names of a checkpoint", () => {
  it.each(cases.map((one, index) => ({ ...one, answer: answers[index] })))("$name", ({ names, error, answer }) => {
    if (names) expect(answer).toEqual({ names });
    else expect(answer?.error).toMatch(new RegExp(error!, "i"));
  });
});
