// The code of README.md for Node, run as it stands there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, snippetsOf } from "../docs/snippets.js";

test("the block for Node upscales pixels", () => {
  const [snippet, ...others] = snippetsOf("README.md").filter(({ code }) => code.includes("esrgan-webgpu/node"));
  expect(others).toEqual([]);
  const given = "const [width, height] = [12, 8];\nconst data = new Uint8Array(width * height * 3).fill(128);\n";
  const report = "console.log(JSON.stringify([larger.width, larger.height, larger.channels, larger.data.length]));\n";
  // In the checkout, where the package finds itself by its name.
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, ".cache/readme-"));
  try {
    const file = join(folder, "node.mjs");
    writeFileSync(file, `${given}${snippet!.code}${report}`);
    const said = execFileSync(process.execPath, [file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    expect(JSON.parse(said)).toEqual([48, 32, 3, 48 * 32 * 3]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
