import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findModel } from "../../src/node/find-model.js";
import { compactWeights } from "../cases/networks.js";
import { legacyPthFile, pthFile, storedTensors } from "../weights/pth-file.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";

const weights = compactWeights({ scale: 2 });
const wrapped = { params_ema: storedTensors(weights) };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "find-model-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("findModel", () => {
  it.each([
    ["net.safetensors", serializeSafetensors(weights)],
    ["net.pth", pthFile(wrapped)],
    ["old.pt", legacyPthFile(wrapped)],
    ["wrong.safetensors", pthFile(wrapped)],
  ])("takes the file %s", async (name, bytes) => {
    const path = written(name, bytes);
    expect(await findModel([{ name: path, weight: 1 }])).toMatchObject({
      name: path,
      network: { architecture: "compact", scale: 2 },
    });
  });

  it("mixes files of several formats", async () => {
    const parts = [
      { name: written("a.pth", pthFile(wrapped)), weight: 0.5 },
      { name: written("b.safetensors", serializeSafetensors(weights)), weight: 0.5 },
    ];
    expect((await findModel(parts)).network.architecture).toBe("compact");
  });

  it("names a file that cannot be used, and why", async () => {
    const path = written("cut.pth", pthFile(wrapped).subarray(0, -5));
    await expect(findModel([{ name: path, weight: 1 }])).rejects.toMatchObject({
      code: "bad-weights",
      message: `The model file ${path} cannot be used: The checkpoint is not a whole zip file: it has no directory at its end`,
    });
  });
});
