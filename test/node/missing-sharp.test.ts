// Without the package sharp pictures in files are refused, once and with what to install.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { runCommand } from "../../src/node/cli.js";
import { parseCommand } from "../../src/node/cli-arguments.js";
import { readPicture } from "../../src/node/read-picture.js";

vi.mock("node:module", async (original) => ({
  ...(await original<typeof import("node:module")>()),
  createRequire: () => (name: string) => {
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  },
}));

const MESSAGE =
  "Reading and writing picture files needs the npm package sharp, which is not installed: npm install sharp";

it("is what the platform lacks, not a fault of the library", async () => {
  await expect(readPicture("a.png")).rejects.toMatchObject({
    code: "unsupported-device",
    message: MESSAGE,
    cause: { code: "MODULE_NOT_FOUND" },
  });
});

it("stops the command at the first of several pictures", async () => {
  const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-sharp-"));
  try {
    for (const name of ["a.png", "b.png"]) writeFileSync(join(folder, name), "");
    const notes: string[] = [];
    const listener = {
      result: () => {},
      note: (note: string) => void notes.push(note),
      progress: () => {},
      temporary: () => {},
    };
    const streams = { standardInput: async function* () {}, standardOutput: async () => {} };
    const command = parseCommand([folder, "--backend", "cpu", "-o", `${folder}/`]);
    expect(await runCommand(command, { ...listener, ...streams }, async () => undefined as never)).toBe(1);
    expect(notes).toEqual([MESSAGE, "0 written, 1 failed, 1 not tried"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
