// The converter's side of test/cases/checkpoint-names.json and other-networks.json; test/models/key-layouts.test.ts is the library's. Needs python3.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const table = join(here, "../cases/checkpoint-names.json");
const othersTable = join(here, "../cases/other-networks.json");
type Answer = { names?: string[]; implied?: Record<string, string>; error?: string };
const cases = JSON.parse(readFileSync(table, "utf8")) as ({ name: string } & Answer)[];
const others = JSON.parse(readFileSync(othersTable, "utf8")) as { network: string; tensor: string }[];
const command = [join(here, "checkpoint-names.py"), join(here, "../../tools/convert-weights.py"), table, othersTable];
const answers = JSON.parse(execFileSync("python3", command, { encoding: "utf8" })) as {
  names: Answer[];
  others: (string | null)[];
};

describe("convert-weights.py and the names of a checkpoint", () => {
  it.each(cases.map((one, index) => ({ ...one, answer: answers.names[index] })))(
    "$name",
    ({ names, implied, error, answer }) => {
      if (names) expect(answer).toEqual({ names, implied });
      else expect(answer?.error).toMatch(new RegExp(error!, "i"));
    },
  );
});

describe("convert-weights.py and networks that are not supported", () => {
  it.each(others.map((one, index) => ({ ...one, answer: answers.others[index] })))(
    "$network: $tensor",
    ({ network, answer }) => {
      expect(answer).toBe(network);
    },
  );
});
